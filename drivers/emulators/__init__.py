"""The other end of each codec: made-up devices on real ports, for demo, tests and training.

Written from the makers' documents directly; nothing here imports `drivers.codecs` or
`drivers.tables`, so that two readings of one specification check one another.
"""
