# SPDX-License-Identifier: LGPL-2.1-or-later
"""A template for python-dbusmock: a polkit that allows what it is told to, and remembers what it was asked."""
import dbus
from dbusmock import MOCK_IFACE

BUS_NAME = "org.freedesktop.PolicyKit1"
MAIN_OBJ = "/org/freedesktop/PolicyKit1/Authority"
MAIN_IFACE = "org.freedesktop.PolicyKit1.Authority"
SYSTEM_BUS = True


def load(mock, _parameters):
    mock.AddProperties(
        MAIN_IFACE,
        dbus.Dictionary(
            {"BackendName": "mock", "BackendVersion": "1", "BackendFeatures": dbus.UInt32(0, variant_level=1)},
            signature="sv",
        ),
    )
    mock.allowed = set()
    mock.asked = dbus.Array([], signature="(sa{ss})")
    mock.may_ask = False
    mock.silent = False
    mock.waiting = []
    mock.way = ""


@dbus.service.method(
    MAIN_IFACE, in_signature="(sa{sv})sa{ss}us", out_signature="(bba{ss})", async_callbacks=("answer", "fail")
)
def CheckAuthorization(self, _subject, action, details, flags, _cancellation, answer, fail):
    self.may_ask = flags & 1 != 0
    self.asked.append(dbus.Struct((action, details), signature="sa{ss}"))
    if self.silent:
        self.waiting.append(answer)
    elif self.way == "failure":
        fail(dbus.DBusException("it is out of order", name="org.freedesktop.PolicyKit1.Error.Failed"))
    elif self.way == "challenge":
        answer((False, True, dbus.Dictionary({}, signature="ss")))
    else:
        answer((action in self.allowed, False, dbus.Dictionary({}, signature="ss")))


@dbus.service.method(MAIN_IFACE, in_signature="s", out_signature="")
def CancelCheckAuthorization(_self, _cancellation):
    pass


@dbus.service.method(MOCK_IFACE, in_signature="as", out_signature="")
def SetAllowed(self, actions):
    self.allowed = set(actions)


@dbus.service.method(MOCK_IFACE, in_signature="b", out_signature="")
def SetSilent(self, silent):
    """A polkit that gives no answer; those that waited are refused when it speaks again."""
    self.silent = silent
    for answer in self.waiting if not silent else []:
        answer((False, False, dbus.Dictionary({}, signature="ss")))
    if not silent:
        self.waiting = []


@dbus.service.method(MOCK_IFACE, in_signature="s", out_signature="")
def SetWay(self, way):
    """A polkit that wants a password for everything (challenge), or can do nothing (failure); else it answers."""
    self.way = way


@dbus.service.method(MOCK_IFACE, in_signature="", out_signature="b")
def MayAsk(self):
    """Whether the last question allowed for a password."""
    return self.may_ask


@dbus.service.method(MOCK_IFACE, in_signature="b", out_signature="")
def AllowBackwards(self, last):
    """Allows what waits, the newest first; with LAST, the newest alone."""
    for answer in self.waiting[-1:] if last else self.waiting[::-1]:
        answer((True, False, dbus.Dictionary({}, signature="ss")))
    self.waiting = self.waiting[:-1] if last else []


@dbus.service.method(MOCK_IFACE, in_signature="", out_signature="a(sa{ss})")
def TakeAsked(self):
    """The action and details of each question since the last call."""
    asked, self.asked = self.asked, dbus.Array([], signature="(sa{ss})")
    return asked
