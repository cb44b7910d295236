lock: ## developers only: pin every dependency with hashes, without registry addresses
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra install pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra install --extra dev pyproject.toml -o requirements-dev.lock
