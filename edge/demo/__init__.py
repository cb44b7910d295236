"""A whole school on one machine: an emulated room, its devices, a hub, and a bench to touch them.

The demo starts processes and never imports the emulators or the hub; `edge/cli` does that.
"""
