"""traffic: runs in the guest. Healthy traffic between two kernels, one folder a configuration: t.pcap, xfrmA/B, policyA/B, xfrm_statA/B."""
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import configurations
import guest
import suites


def states(config, forth):
    """The SAs of one direction, innermost first; `forth` from A to B."""
    a, b = guest.OUTER[config["family"]]
    src, dst = (a, b) if forth else (b, a)
    inner = guest.INNER[config["inner"]] if forth else guest.INNER[config["inner"]][::-1]
    lines, templates = [], []
    for at, layer in enumerate(config["layers"]):
        spi = 0x1001 + 0x1000 * at + (0 if forth else 1)
        extra = layer.get("extra", f"replay-window {layer.get('window', 32)}")
        proto, mode = layer["proto"], layer["mode"]
        algorithm = {"esp": lambda: suites.esp(layer["suite"], f"{at}{forth}"), "ah": lambda: suites.ah(layer["suite"], f"{at}{forth}"),
                     "comp": lambda: "comp deflate"}[proto]()
        if proto == "comp":
            extra, spi = "", 0x3001 + (0 if forth else 1)
        line = f"xfrm state add src {src} dst {dst} proto {proto} spi {spi:#x} reqid {at + 1} mode {mode} {algorithm} {extra}"
        if layer.get("encap"):
            line += f" encap espinudp 4500 4500 {'0.0.0.0' if config['family'] == 4 else '::'}"
        mixed = config["inner"] != config["family"] and mode != "transport" and not config.get("unspec")
        if layer.get("sel") or mode == "beet" or mixed:
            line += f" sel src {inner[0]} dst {inner[1]}"
        lines.append(line + " " + layer.get("tail", ""))
        ends = f"src {src} dst {dst} " if mode != "transport" else ""
        level = " level use" if proto == "comp" else ""
        templates.append(f"tmpl {ends}proto {proto} reqid {at + 1} mode {mode}{level}")
    return lines, " ".join(templates)


def configure(config):
    forth, templates_forth = states(config, True)
    back, templates_back = states(config, False)
    tunnel = any(layer["mode"] != "transport" for layer in config["layers"])
    if config.get("nets") and tunnel:
        a, b = guest.NETS[config["inner"]]
    else:
        a, b = (guest.INNER if tunnel else guest.OUTER)[config["inner"]]
    for name in "AB":
        guest.batch(name, ["xfrm state flush", "xfrm policy flush"])
        there, here = ("in", "out") if name == "B" else ("out", "in")
        lines = list(forth + back)
        tail = config.get("policy", "")
        lines.append(f"xfrm policy add src {a} dst {b} dir {there} {tail} {templates_forth}")
        lines.append(f"xfrm policy add src {b} dst {a} dir {here} {tail} {templates_back}")
        if tunnel:
            lines.append(f"xfrm policy add src {a if there == 'in' else b} dst {b if there == 'in' else a} dir fwd {tail} "
                         f"{templates_forth if there == 'in' else templates_back}")
        guest.batch(name, lines)
    return tunnel


def ping(config, tunnel):
    """Echo requests in both directions; returns how many were answered."""
    family = config["inner"]
    answered = sent = 0
    plan = config.get("sizes") or [0, 1, 2, 7, 16, 333, 1400, 3000]
    for name, at in (("A", 0), ("B", 1)):
        ends = guest.INNER[family] if tunnel else guest.OUTER[family]
        guest.enter(name)
        proto = socket.IPPROTO_ICMP if family == 4 else socket.IPPROTO_ICMPV6
        probe = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_RAW, proto)
        probe.settimeout(0.2)
        for option in config.get("options", []):
            probe.setsockopt(*option)
        probe.bind((ends[at], 0))
        misses = 0
        for number, size in enumerate(plan):
            if misses > 2:
                break
            body = bytes((size + i * 7 if not config.get("flat") else 0x41) & 255 for i in range(size))
            head = struct.pack(">BBHHH", 8 if family == 4 else 128, 0, 0, 0x4500 + at, number)
            if family == 4:
                words = struct.unpack(f">{(len(head + body) + 1) // 2}H", (head + body + b"\0")[:(len(head + body) + 1) // 2 * 2])
                total = sum(words)
                total = (total & 0xffff) + (total >> 16)
                total = (total & 0xffff) + (total >> 16)
                head = head[:2] + struct.pack(">H", ~total & 0xffff) + head[4:]
            probe.sendto(head + body, (ends[1 - at], 0))
            sent += 1
            misses += 1
            end = time.monotonic() + 0.2
            try:
                while time.monotonic() < end:
                    data = probe.recv(65536)
                    data = data[(data[0] & 15) * 4:] if family == 4 else data
                    if data[0] in (0, 129) and data[4:8] == head[4:8]:
                        answered += 1
                        misses = 0
                        break
            except socket.timeout:
                pass
        probe.close()
        talk = guest.udp(family)
        talk.bind((ends[at], 5000))
        for size in config.get("datagrams", [0, 1, 9, 40]):
            talk.sendto(b"\x5a" * size, (ends[1 - at], 9))
        talk.close()
    return answered, sent


def run(config, root):
    folder = guest.out(os.path.join(root, config["name"]))
    try:
        tunnel = configure(config)
    except RuntimeError as error:
        with open(f"{folder}/refused.txt", "w") as text:
            text.write(str(error))
        print(f"{config['name']}: refused: {str(error)[:300]}", flush=True)
        return
    takers = [guest.opened(name, lambda: guest.encap(config["family"])) for name in "AB"] if config.get("encap") else []
    before = {name: guest.counters(name) for name in "AB"}
    dump = guest.tcpdump("B", f"{folder}/t.pcap")
    answered, sent = ping(config, tunnel)
    time.sleep(0.05)
    dump.terminate()
    dump.wait()
    raised = {}
    for name in "AB":
        after = guest.counters(name)
        raised[name] = {key: after[key] - before[name][key] for key in after if after[key] != before[name][key]}
        with open(f"{folder}/xfrm_stat{name}.txt", "w") as text:
            text.writelines(f"{key}\t{after[key] - before[name][key]}\n" for key in after)
        guest.command(f"ip -n {name} -s xfrm state > {folder}/xfrm{name}.txt")
        guest.command(f"ip -n {name} -s xfrm policy > {folder}/policy{name}.txt")
    for taker in takers:
        taker.close()
    print(f"{config['name']}: {answered} of {sent} answered {raised if raised['A'] or raised['B'] else ''}", flush=True)


def main():
    root = "/mnt/out"
    words = [word for word in open("/mnt/out/wanted").read().split()] if os.path.exists("/mnt/out/wanted") else []
    guest.hosts()
    for config in configurations.all():
        if not words or any(word in config["name"] for word in words):
            run(config, root)


main()
