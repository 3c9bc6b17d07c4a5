"""Models of a study file, with the variables of their layers filled in. Needs nothing but Python."""

import tomllib


def filled_in(value, variables):
    """Layers with the model's value wherever one names a variable."""
    if isinstance(value, list):
        return [filled_in(entry, variables) for entry in value]
    if isinstance(value, dict):
        return {key: filled_in(entry, variables) for key, entry in value.items()}
    return variables.get(value, value) if isinstance(value, str) else value


def layers(config, model):
    """The layers of a model (its table) of a study (the file's table)."""
    return filled_in(config["architecture"][model["architecture"]]["layers"], model)


def read_model(path, name):
    """Layers, optimizer and batch size of a model, by these names."""
    config = tomllib.loads(path.read_text())
    model = config["model"][name]
    return {"layers": layers(config, model), **{key: model[key] for key in ["optimizer", "batch_size"]}}
