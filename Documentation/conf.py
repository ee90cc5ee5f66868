# SPDX-License-Identifier: GPL-2.0
"""Configuration of Sphinx for "make docs" (scripts/docs)."""

import os
import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

project = "HMT"
author = copyright = "The HMT maintainers"
version = release = os.environ.get("HMT_VERSION", "")
extensions = []
exclude_patterns = ["ABI"]
highlight_language = "none"
smartquotes = False
html_theme = "alabaster"
html_static_path = ["figures/docs.css"]
html_css_files = ["docs.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_title = "HMT " + release
html_sidebars = {"**": ["about.html", "searchbox.html", "navigation.html"]}
html_theme_options = {
    "description": "Heterogeneous memory tiers for Linux",
    "fixed_sidebar": False,
    "page_width": "66rem",
    "sidebar_width": "15rem",
    "show_powered_by": False,
    "sidebar_collapse": True,
}


class PageLinks(SphinxTransform):
    """Turn links to sources of pages into links to pages.

    Pages link to each other by file names, which also work where the sources
    are shown as they are.
    """

    default_priority = 500

    def apply(self, **kwargs):
        for node in self.document.findall(nodes.reference):
            uri = node.get("refuri", "")
            if "://" not in uri:
                node["refuri"] = re.sub(r"\.rst(#|$)", r".html\1", uri)


def setup(app):
    app.add_transform(PageLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
