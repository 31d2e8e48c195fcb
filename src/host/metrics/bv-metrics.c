/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/metrics/bv-metrics.h"

struct _BvMetrics
{
  GString *text;
};

BvMetrics *
bv_metrics_new (void)
{
  BvMetrics *self = g_new0 (BvMetrics, 1);

  self->text = g_string_new ("<metrics>\n");
  return self;
}

void
bv_metrics_free (BvMetrics *self)
{
  g_string_free (self->text, TRUE);
  g_free (self);
}

static void
add (BvMetrics *self, const char *type, BvMetricsContext context, const char *name,
     const char *value, const char *unit)
{
  g_autofree char *escaped = g_markup_escape_text (value, -1);

  g_string_append_printf (self->text, "  <metric type=\"%s\" context=\"%s\"", type,
                          context == BV_METRICS_HOST ? "host" : "vm");
  if (unit != NULL)
    g_string_append_printf (self->text, " unit=\"%s\"", unit);
  g_string_append_printf (
      self->text, ">\n    <name>%s</name>\n    <value>%s</value>\n  </metric>\n", name, escaped);
}

void
bv_metrics_add_string (BvMetrics *self, const char *name, const char *value)
{
  add (self, "string", BV_METRICS_HOST, name, value, NULL);
}

void
bv_metrics_add_int64 (BvMetrics *self, BvMetricsContext context, const char *name, gint64 value,
                      const char *unit)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  add (self, "int64", context, name, text, unit);
}

void
bv_metrics_add_uint64 (BvMetrics *self, BvMetricsContext context, const char *name, guint64 value,
                       const char *unit)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);

  add (self, "uint64", context, name, text, unit);
}

void
bv_metrics_add_real64 (BvMetrics *self, BvMetricsContext context, const char *name, double value,
                       const char *unit)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  add (self, "real64", context, name, g_ascii_formatd (text, sizeof text, "%.6f", value), unit);
}

char *
bv_metrics_to_xml (BvMetrics *self)
{
  GString *text = self->text;

  g_string_append (text, "</metrics>");
  g_free (self);
  return g_string_free (text, FALSE);
}
