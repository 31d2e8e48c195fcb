/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

/* An interface's ports and port ranges; both mean something on the pod network only. */

#define LAST_PORT 65535
#define MOST_RANGES 10

static const char *const protocols[] = { "TCP", "UDP", NULL };

typedef struct
{
  BvAdmission *admission;
  guint interface;
} Ports;

static const char *
at (const Ports *self, const char *list, guint index, const char *below)
{
  return bv_admission_path (self->admission, "domain.devices.interfaces[%u].%s[%u]%s",
                            self->interface, list, index, below);
}

static void
admit_port_name (const Ports *self, const BvApiPort *port, guint index, BvNameSet *names)
{
  int earlier;

  if (!bv_text_is_given (port->name))
    return;
  earlier = bv_name_set_add (names, port->name, index);
  if (earlier >= 0)
    bv_admission_refuse (self->admission, BV_REASON_DUPLICATE, at (self, "ports", index, ".name"),
                         _ ("ports[%d] is called “%s” already; give each port its own name."),
                         earlier, port->name);
  else if (!bv_text_is_port_name (port->name))
    bv_admission_refuse (self->admission, BV_REASON_INVALID, at (self, "ports", index, ".name"),
                         _ ("“%s” is no name for a port; use at most 15 lower-case letters, digits "
                            "and single dashes, with a letter among them."),
                         port->name);
}

static void
admit_port (const Ports *self, const BvApiPort *port, guint index, BvNameSet *names)
{
  admit_port_name (self, port, index, names);
  if (bv_api_port_has_port (port) && port->port == 0)
    bv_admission_refuse (self->admission, BV_REASON_REQUIRED, at (self, "ports", index, ".port"),
                         _ ("The port is 0; give a number from 1 to %d."), LAST_PORT);
  else if (port->port < 0 || port->port > LAST_PORT)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, at (self, "ports", index, ".port"),
                         _ ("%" G_GINT64_FORMAT " is no port; give a number from 1 to %d."),
                         port->port, LAST_PORT);
  if (bv_text_is_given (port->protocol) && !g_strv_contains (protocols, port->protocol))
    bv_admission_one_of (self->admission, BV_REASON_INVALID, at (self, "ports", index, ".protocol"),
                         port->protocol, protocols);
}

/* TRUE where the range is right as far as it can be told alone. */
static gboolean
admit_range (const Ports *self, const BvApiPortRange *range, guint index)
{
  const struct
  {
    gint64 port;
    gboolean given;
    const char *below;
  } ends[] = {
    { range->start, bv_api_port_range_has_start (range), ".start" },
    { range->end, bv_api_port_range_has_end (range), ".end" },
  };
  gboolean right = range->protocol != NULL;

  if (range->protocol != NULL && range->protocol[0] == '\0')
    bv_admission_refuse (self->admission, BV_REASON_INVALID,
                         at (self, "portRanges", index, ".protocol"),
                         _ ("The protocol is empty; write TCP or UDP."));
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      if (ends[i].given && (ends[i].port < 1 || ends[i].port > LAST_PORT))
        bv_admission_refuse (self->admission, BV_REASON_INVALID,
                             at (self, "portRanges", index, ends[i].below),
                             _ ("%" G_GINT64_FORMAT " is no port; give a number from 1 to %d."),
                             ends[i].port, LAST_PORT);
      right &= ends[i].given && ends[i].port >= 1 && ends[i].port <= LAST_PORT;
    }
  if (right && range->start > range->end)
    bv_admission_refuse (self->admission, BV_REASON_INVALID,
                         at (self, "portRanges", index, ".start"),
                         _ ("The range starts at %" G_GINT64_FORMAT
                            ", which is above its end, %" G_GINT64_FORMAT "."),
                         range->start, range->end);
  return right && range->start <= range->end;
}

/* There are at most ten ranges by now. */
static void
admit_overlap (const Ports *self, const BvApiInterface *interface, const gboolean *right,
               guint index)
{
  const BvApiPortRange *range = interface->port_ranges[index];

  for (guint i = 0; i < index; i++)
    {
      const BvApiPortRange *other = interface->port_ranges[i];

      if (!right[i] || !right[index] || g_strcmp0 (range->protocol, other->protocol) != 0 ||
          range->start > other->end || other->start > range->end)
        continue;
      bv_admission_refuse (self->admission, BV_REASON_INVALID, at (self, "portRanges", index, ""),
                           _ ("The range overlaps portRanges[%u]; join the two."), i);
      return;
    }
}

static void
admit_ranges (const Ports *self, const BvApiInterface *interface)
{
  const char *all = bv_admission_path (self->admission, "domain.devices.interfaces[%u].portRanges",
                                       self->interface);
  gboolean right[MOST_RANGES];

  if (interface->n_ports > 0)
    bv_admission_refuse (
        self->admission, BV_REASON_INVALID, all,
        _ ("ports and portRanges are both given; write the ports as ranges too, or "
           "remove the ranges."));
  if (interface->masquerade == NULL)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, all,
                         _ ("portRanges works with the binding masquerade only."));
  if (interface->n_port_ranges > MOST_RANGES)
    {
      bv_admission_refuse (self->admission, BV_REASON_INVALID, all,
                           _ ("There are %u ranges of ports; at most %d can be."),
                           interface->n_port_ranges, MOST_RANGES);
      return;
    }
  for (guint i = 0; i < interface->n_port_ranges; i++)
    {
      right[i] = admit_range (self, interface->port_ranges[i], i);
      admit_overlap (self, interface, right, i);
    }
}

void
bv_admit_interface_ports (BvAdmission *self, const BvApiInterface *interface, guint index,
                          const BvApiNetwork *network)
{
  Ports ports = { self, index };
  g_auto (BvNameSet) names = { 0 };

  if (interface->n_port_ranges > 0)
    bv_admission_require_gate (
        self, "PortRangesSpec",
        bv_admission_path (self, "domain.devices.interfaces[%u].portRanges", index),
        _ ("A list of port ranges"));
  if (network == NULL || network->pod == NULL)
    return;
  for (guint i = 0; i < interface->n_ports; i++)
    admit_port (&ports, interface->ports[i], i, &names);
  if (interface->n_port_ranges > 0)
    admit_ranges (&ports, interface);
}
