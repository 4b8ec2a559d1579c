"""Which columns of a log of events are the user, the time and the event."""

from __future__ import annotations

from audiences.scaffold.cells import Cells
from audiences.scaffold.names import WHOLE, plain, rank
from audiences.scaffold.numbers import is_number
from audiences.scaffold.sample import Sample

_USERS = ("userid", "user", "visitorid", "visitor", "userpseudoid", "deviceid", "anonymousid", "clientid", "uid")
_EVENTS = ("eventtype", "eventname", "event", "action", "activity", "eventaction", "ereignis")
_OTHERS = {
    "session_id": ("sessionid", "session", "usersession", "visitid"),
    "path": ("path", "page", "url", "pageurl", "pagepath", "itemid"),
    "duration_seconds": ("durationseconds", "duration"),
}
_MOST_EVENTS = 500


def columns_of_activity(sample: Sample) -> dict[str, str] | None:
    """Canonical name -> column, if the file is a log of events of users; None otherwise."""
    cells = [Cells(name, sample.column(number)) for number, name in enumerate(sample.header)]
    filled = {plain(column.name): column for column in reversed(cells) if column.filled}
    user = next((filled[name] for name in _USERS if name in filled), None)
    event = next((filled[name] for name in _EVENTS if name in filled), None)
    times = sorted((rank(column.name, "ts"), column.name) for column in cells if column.readings)
    if user is None or event is None or not times or times[0][0][0] != WHOLE:
        return None
    if event.distinct > _MOST_EVENTS or event.share(is_number) > 0.5:
        return None
    columns = {"user_id": user.name, "ts": times[0][1], "event_type": event.name}
    for canonical, names in _OTHERS.items():
        match = next((filled[name].name for name in names if name in filled), None)
        if match is not None and match not in columns.values():
            columns[canonical] = match
    return columns
