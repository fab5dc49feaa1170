"""Who may do what: roles, permissions, and the guard that stands before every page and operation."""
