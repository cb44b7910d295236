"""Schema steps of the hub's database, run by `sync.hub.database.migrate`."""
