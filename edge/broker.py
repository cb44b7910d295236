"""The broker of a room without Mosquitto: a process of its own that ends with the agent."""

import asyncio
import sys

EMBEDDED_ADDRESS = "127.0.0.1:1883"


async def run_broker() -> None:
    """Run the broker until cancelled; returns when it ended by itself, to be started again.

    It ends when its standard input does, so it never outlives a killed agent.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "drivers.transports.embedded_broker"),
        *("--listen", EMBEDDED_ADDRESS, "--until-stdin-ends"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
