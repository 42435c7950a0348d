"""From a site and a replacement text to edited and outlined source texts."""

from vecassist.splice.check import check_replacement
from vecassist.splice.edit import splice
from vecassist.splice.fragment import Refused
from vecassist.splice.outline import outline, why_widened

__all__ = ["Refused", "check_replacement", "outline", "splice", "why_widened"]
