"""`lophoc`: the one program. The agent starts without the command line's libraries."""

import sys

AGENT_WORDS = 4  # lophoc agent --config FILE


def main() -> None:
    """Run the command line."""
    if len(sys.argv) == AGENT_WORDS and sys.argv[1:3] == ["agent", "--config"]:
        from edge.cli.agent import run_agent

        sys.exit(run_agent(sys.argv[3]))
    from edge.cli.commands import app

    app()


if __name__ == "__main__":
    main()
