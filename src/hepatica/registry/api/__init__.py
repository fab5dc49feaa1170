"""The JSON interface: the same permissions, centres, and audit as the pages."""
