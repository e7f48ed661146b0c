"""The page that people look at: plain HTML, CSS and ES modules under `static/`, served as they are without a build."""
