"""Who may do what, and where: officers, roles, jurisdictions, sessions. The only maker of a `Scope`."""
