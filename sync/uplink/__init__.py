"""The room's end: lane tables, cursor, and the worker that sends."""
