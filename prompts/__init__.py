"""The words given to language models, as data: one template a file, by language and task.

Each `.jinja` file begins with a comment that holds its declaration in TOML (`description`, `inputs`).
`app.generators.prompting` loads them; `chat/*.toml` says how a model marks who is speaking.
"""
