"""What a school may set: schema, loading, defaults, room profiles."""
