"""What agent and hub keep in their state folders beside a database: lock, address, records."""
