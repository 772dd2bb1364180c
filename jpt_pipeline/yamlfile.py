"""Reading definition files: plain YAML, and a key written twice is an error instead of a silent loss."""

from pathlib import Path
from typing import Any

import yaml

# The loader of libyaml is ten times as fast; both construct the same.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Loader):  # type: ignore[misc]
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise ValueError(f"{key_node.start_mark.name}:{key_node.start_mark.line + 1}: key {key!r} stands twice")
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def load_yaml(path: Path) -> Any:
    """Content of a YAML file.

    Raises:
        ValueError: not YAML, or a mapping with the same key twice; names file and line.
    """
    with path.open(encoding="utf-8") as stream:
        try:
            return yaml.load(stream, Loader=_StrictLoader)
        except yaml.YAMLError as error:
            raise ValueError(f"{path}: {error}") from error
