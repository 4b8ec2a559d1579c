"""`python -m audiences.config`: the page docs/settings.md."""

from audiences.config.settings import Settings
from audiences.config.show import as_page

print(as_page(Settings()), end="")
