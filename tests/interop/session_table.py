"""session_table: how a session is written down: a function of a few lines under @session. sessions_ike2.py holds those of IKEv2."""

SESSIONS = []


def session(about, wanted=(), **world):
    """about: what happens, one sentence. wanted: names of the conditions of warning or above that it must raise; none: it is healthy.
    world: keywords of session_hosts.Session."""
    def note(function):
        SESSIONS.append({"name": function.__name__, "about": about, "wanted": list(wanted), "world": world, "run": function})
        return function
    return note


def wanted(words):
    """Those whose name is a word, or begins with one that ends in *."""
    def fits(name):
        return not words or any(name == word or (word.endswith("*") and name.startswith(word[:-1])) for word in words)
    return [one for one in SESSIONS if fits(one["name"])]
