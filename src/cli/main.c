/* main: which command; help and version. */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cli/cli.h"

const struct cli_command cli_commands[] = {
    { "read", "[options] FILE...", "analyse captures ('-' is standard input)",
      "  -s, --sa [FORMAT:]FILE   SA definitions, repeatable; FORMAT: xfrm, monitor, setkey, wireshark, tcpdump\n"
      "  -k, --ike-keys FILE      keys that open IKE (Wireshark's tables), repeatable\n"
      "      --policy FILE        what must be protected (`ip xfrm policy` text), or a DoS protection\n"
      "                           boundary (`Get-NetIPsecDospSetting` text); repeatable\n"
      "      --receiver PREFIX    the SAs of these destinations are all known; repeatable\n"
      "      --no-receiver        treat nothing as fully known\n"
      "      --window N           anti-replay window for SAs that name none (default 64)\n"
      "  -f, --format text|json   json is one object a line\n"
      "  -o, --output FILE        write the results there\n"
      "      --verdicts           one record for every IPsec packet\n"
      "  -w, --write FILE         write a capture (pcapng), with one of:\n"
      "      --decrypted          what came out of the tunnels\n"
      "      --extract            the frames behind each finding, which tell it in their comments\n"
      "      --filter 'BPF'       look only at these packets (pcap-filter(7))\n"
      "      --fail-on note|warning|error   exit with 1 from this severity on (default warning)\n"
      "      --mute NAME          leave a condition out, repeatable\n"
      "      --workers N          threads that open packets (default: processors, up to 4)\n"
      "  -c, --count N            stop after N packets\n"
      "  -q, --quiet  -v, --verbose\n"
      "      --color auto|always|never   --progress auto|always|never\n",
      command_read },
    { "live", "[options] IFACE[,IFACE...] [FILTER]", "the same on interfaces, until ^C, -c N or --for SECONDS",
      "  -s, --sa [FORMAT:]FILE   SA definitions, repeatable; `kernel`: SAs and policies of this host as they come and go\n"
      "  -k, --ike-keys FILE      keys that open IKE (Wireshark's tables), repeatable\n"
      "      --policy FILE        what must be protected: `ip xfrm policy` text; repeatable\n"
      "      --receiver PREFIX    the SAs of these destinations are all known; repeatable\n"
      "      --no-receiver        treat nothing as fully known\n"
      "      --window N           anti-replay window for SAs that name none (default 64)\n"
      "  -f, --format text|json   json is one object a line\n"
      "  -o, --output FILE        write the results there\n"
      "      --verdicts           one record for every IPsec packet\n"
      "  -w, --write FILE         keep what was captured (pcapng)\n"
      "      --rotate-size N      begin a new file after N bytes; also 500K, 100M, 2G\n"
      "      --rotate-time N      begin a new file after N seconds; also 10m, 12h, 1d\n"
      "      --rotate-keep N      remove the oldest when there are more than N\n"
      "      --buffer KIB         of the kernel for each interface (default 16384)\n"
      "      --snaplen N          bytes of each packet (default: all)\n"
      "      --promisc            also packets that are not for this host\n"
      "      --top                a view of SAs, rates and findings on the terminal; ? lists its keys\n"
      "      --metrics FILE       write metrics there for Prometheus, again and again\n"
      "      --metrics-interval N   seconds between two of them (default 15)\n"
      "      --user NAME          go on as this user (default esplain, else nobody)\n"
      "      --no-sandbox         do without the filter of system calls\n"
      "      --for N              end after N seconds; also 10m, 12h, 1d\n"
      "      --fail-on note|warning|error   exit with 1 from this severity on (default warning)\n"
      "      --mute NAME          leave a condition out, repeatable\n"
      "  -c, --count N            end after N packets\n"
      "  -q, --quiet  -v, --verbose\n"
      "      --color auto|always|never\n",
      command_live },
    { "explain", "[options] [CODE...]", "say what an error, counter or condition means; no argument: list all",
      "  -f, --format text|json\n"
      "      --markdown           all of it as a document\n"
      "      --color auto|always|never\n",
      command_explain },
    { "sa", "[options] FILE...", "list, check and convert SA definitions",
      "      --to wireshark|tcpdump|xfrm   convert; this writes the keys\n"
      "  -f, --format text|json   of the list\n"
      "  -o, --output FILE        write the results there\n"
      "      --fail-on note|warning|error   exit with 1 from this severity on (default warning)\n"
      "      --color auto|always|never\n",
      command_sa },
    { "reproduce", "[options] [FILE]", "build the packets that show a condition, into a capture or onto a wire",
      "      --report LINE        a drop report, as the log has it, says what to make; FILE: a log, or records\n"
      "                           of `read`, `live` or `log` with -f json ('-' is standard input)\n"
      "      --report-number N    the Nth report of the log (default: the first)\n"
      "      --finding N          finding N of the records (default: the first)\n"
      "      --condition NAME     what to show; --list shows the names\n"
      "      --cause NAME         by which cause, or in which way, where there are several\n"
      "      --src ADDRESS        of the packets; with --dst ADDRESS\n"
      "      --dst ADDRESS\n"
      "      --spi N              of the packets\n"
      "      --seq N              of the first packet that shows it\n"
      "      --proto esp|ah\n"
      "      --encap none|udp\n"
      "  -s, --sa [FORMAT:]FILE   the SA to seal with, repeatable; without it one is made up\n"
      "  -w, --write FILE         the capture (pcapng); SAs and keys that are made up stand beside it\n"
      "      --send IFACE         send the packets there, once; says before what it sends\n"
      "      --to ADDRESS         the destination once more: --send sends to no other\n"
      "      --rate N             packets a second, up to 100 (default 10)\n"
      "  -c, --count N            packets that show it (default: as few as do)\n"
      "      --from CAPTURE       instead: the fewest frames of a capture that still show --finding N of read\n"
      "  -k, --ike-keys FILE, --policy FILE, --receiver PREFIX, --no-receiver, --window N, --mute NAME,\n"
      "      --filter 'BPF'       with --from: as for read\n"
      "      --anonymise          with --from: without addresses, identities and payloads; SA files and policies likewise\n"
      "      --keep-keys          with --anonymise: the SA files beside the capture hold their keys\n"
      "      --list               what can be reproduced, and why the rest cannot\n"
      "  -f, --format text|json   of the list\n",
      command_reproduce },
    { "log", "[options] FILE...", "read drop reports (event logs, syslog, audit), match them to a capture",
      "  -r, --read CAPTURE       find the packets that the reports speak of; repeatable\n"
      "  -s, --sa [FORMAT:]FILE   SA definitions, repeatable; as for read\n"
      "  -k, --ike-keys FILE      keys that open IKE, repeatable\n"
      "      --policy FILE        what must be protected: `ip xfrm policy` text; repeatable\n"
      "      --receiver PREFIX    the SAs of these destinations are all known; repeatable\n"
      "      --no-receiver        treat nothing as fully known\n"
      "      --window N           anti-replay window for SAs that name none (default 64)\n"
      "  -f, --format text|json   json is one object a line\n"
      "  -o, --output FILE        write the results there\n"
      "      --fail-on note|warning|error   exit with 1 from this severity on (default warning)\n"
      "  -q, --quiet  -v, --verbose\n"
      "      --color auto|always|never\n",
      command_log },
    { NULL, NULL, NULL, NULL, NULL },
};

static void main_list(FILE *stream)
{
    fprintf(stream, "esplain %s: says why IPsec drops packets\n\nusage:\n", ESPLAIN_VERSION);
    for (const struct cli_command *command = cli_commands; command->name; command++)
        fprintf(stream, "  esplain %-10s%-36s %s\n", command->name, command->arguments, command->summary);
    fprintf(stream, "\n'esplain COMMAND --help' lists a command's options; 'man esplain' has it all.\n");
}

static const struct cli_command *main_find(const char *name)
{
    for (const struct cli_command *command = cli_commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static void main_command(FILE *stream, const struct cli_command *command)
{
    fprintf(stream, "usage: esplain %s %s\n%s\n%s", command->name, command->arguments, command->summary, command->options);
}

int cli_usage(const char *name)
{
    main_command(stderr, main_find(name));
    return EXIT_BROKEN;
}

int cli_help(const char *name)
{
    main_command(stdout, main_find(name));
    return EXIT_CLEAN;
}

/* Keys are in this process's memory: no core file, no ptrace by others of the same user. */
static void main_protect(void)
{
    struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
}

int main(int count, char **words)
{
    main_protect();
    if (count < 2) {
        main_list(stderr);
        return EXIT_BROKEN;
    }
    const char *name = words[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        if (count > 2 && main_find(words[2]))
            return cli_help(words[2]);
        main_list(stdout);
        return EXIT_CLEAN;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0 || strcmp(name, "version") == 0) {
        printf("esplain %s\n", ESPLAIN_VERSION);
        return EXIT_CLEAN;
    }
    const struct cli_command *command = main_find(name);
    if (command == NULL) {
        fprintf(stderr, "esplain: there is no such command; 'esplain --help' lists them\n");
        return EXIT_BROKEN;
    }
    return command->run(count - 1, words + 1);
}
