"""Alembic runs this file; the connection comes from `sync.hub.database.migrate`."""

from alembic import context

from sync.hub.tables import metadata


def run() -> None:
    """Run the pending steps in the caller's transaction, or write their SQL where there is none."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        dialect = context.config.attributes["dialect"]
        context.configure(dialect_name=dialect, target_metadata=metadata)
    else:
        context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


run()
