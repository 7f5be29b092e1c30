"""birthreg verifies birth-certificate numbers (出生医学证明编号) for police registration desks.

The map of the house. A room is a package of one part of the domain; a room imports only
from floors below it, never sideways and never up:

    __main__ → cli → local → app | worker → settings
      → imports → registrations → verification → cases → screening | documents → usage | blacklist
      → certificates → filing → access → audit → kernel

| room         | holds                                                                          |
|--------------|--------------------------------------------------------------------------------|
| kernel       | the transaction, named SQL, migrations, errors, problems, keys, clock, budgets |
| audit        | the append-only trail, sealed into a signed chain                              |
| access       | officers, roles, jurisdictions, sessions, tokens; the only maker of a Scope    |
| filing       | owed to the level above within 30 minutes, and received from the level below     |
| certificates | the number's grammar, and what health authorities issued                       |
| usage        | the narrow fact: this number was claimed or used, once                         |
| blacklist    | void numbers and ranges, and the version of the list                           |
| screening    | suspicious registrations, by rules that people can read: live and over history   |
| documents    | pictures of papers read and compared; faces compared, searched inside the scope |
| cases        | the queue, leases, deadlines, timeline, conclusions of what is suspicious        |
| verification | decides a verdict from facts; records, receipts, batches, file jobs            |
| registrations | applications, the policy that judges them, approvals, corrections, revocations |
| imports      | files into staging, checked, merged, reported                                  |
| local        | the one-command run: embedded PostgreSQL and Valkey, demonstration data        |

Inside a room, in reading order: models (nouns), rules (pure decisions), store (named
queries), service (one function per act), api (the door), jobs (what the worker runs).
`sql/queries/<room>.sql` holds its statements. `app` and `worker` list every door and job.
The linter's contracts in `pyproject.toml` and `tests/test_architecture.py` hold all of this.
"""
