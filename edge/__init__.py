"""The agent: builds the parts, keeps devices true, runs lessons, takes attendance."""
