"""Running the registry: logs, first start, the web server, backup and restore."""
