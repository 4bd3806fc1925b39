"""sessions: runs in the guest: the sessions that /mnt/out/wanted names (all without names), one after the other."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import session_hosts
import session_table
import sessions_ike1  # noqa: F401  (fills the table)
import sessions_ike2  # noqa: F401


def main():
    session_hosts.plugins()
    for one in session_table.wanted(open("/mnt/out/wanted").read().split()):
        session_hosts.run(one, "/mnt/out")


main()
