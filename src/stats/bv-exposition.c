/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-exposition.h"

#include <string.h>

#define TOTAL "_total"

struct _BvExposition
{
  const BvMetricFamily *families;
  guint n_families;
  GString **samples; /* one for each family; NULL: it has none */
};

BvExposition *
bv_exposition_new (const BvMetricFamily *families, guint n_families)
{
  BvExposition *self = g_new0 (BvExposition, 1);

  self->families = families;
  self->n_families = n_families;
  self->samples = g_new0 (GString *, n_families);
  return self;
}

static void
drop_samples (BvExposition *self, guint family)
{
  if (self->samples[family] != NULL)
    g_string_free (g_steal_pointer (&self->samples[family]), TRUE);
}

void
bv_exposition_free (BvExposition *self)
{
  for (guint i = 0; i < self->n_families; i++)
    drop_samples (self, i);
  g_free (self->samples);
  g_free (self);
}

/* Whole numbers, so that none loses its last digits. */
static void
append_value (GString *text, guint64 value, BvScale scale)
{
  static const guint64 factors[] = { 1, 1024, 1024 * 1024, 1000000000, 1000000, 1000 };
  static const int digits[] = { 0, 0, 0, 9, 6, 3 };
  guint64 factor = factors[scale];

  if (digits[scale] == 0)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT, value * factor);
  else
    g_string_append_printf (text, "%" G_GUINT64_FORMAT ".%0*" G_GUINT64_FORMAT, value / factor,
                            digits[scale], value % factor);
}

/* A sample of FAMILY, whose name may get an END. */
static void
add_sample (BvExposition *self, guint family, const char *end, const char *labels, const char *more,
            guint64 value, BvScale scale)
{
  GString *text = self->samples[family];
  gboolean both = *labels != '\0' && *more != '\0';

  if (text == NULL)
    text = self->samples[family] = g_string_new (NULL);
  g_string_append (text, self->families[family].name);
  g_string_append (text, end);
  if (*labels != '\0' || *more != '\0')
    {
      g_string_append_c (text, '{');
      g_string_append (text, labels);
      g_string_append (text, both ? "," : "");
      g_string_append (text, more);
      g_string_append_c (text, '}');
    }
  g_string_append_c (text, ' ');
  append_value (text, value, scale);
  g_string_append_c (text, '\n');
}

void
bv_exposition_add (BvExposition *self, guint family, const char *labels, const char *more,
                   guint64 value, BvScale scale)
{
  add_sample (self, family, "", labels, more, value, scale);
}

/* Each bucket counts those below it too. */
void
bv_exposition_add_histogram (BvExposition *self, guint family, const char *labels,
                             const BvHistogram *histogram)
{
  g_autoptr (GString) label = g_string_new (NULL);
  guint64 count = 0;

  for (guint i = 0; i < BV_HISTOGRAM_N_BUCKETS; i++)
    {
      count += histogram->counts[i];
      g_string_truncate (label, 0);
      bv_exposition_add_label (label, "le", bv_histogram_get_bound (i));
      add_sample (self, family, "_bucket", labels, label->str, count, BV_SCALE_ONE);
    }
  add_sample (self, family, "_sum", labels, "", histogram->sum_usec, BV_SCALE_MICRO);
  add_sample (self, family, "_count", labels, "", count, BV_SCALE_ONE);
}

const char *
bv_metric_type_to_string (BvMetricType type)
{
  static const char *const names[] = {
    [BV_METRIC_GAUGE] = "gauge",
    [BV_METRIC_COUNTER] = "counter",
    [BV_METRIC_HISTOGRAM] = "histogram",
  };

  return names[type];
}

void
bv_exposition_add_label (GString *labels, const char *name, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  if (labels->len > 0)
    g_string_append_c (labels, ',');
  g_string_append (labels, name);
  g_string_append (labels, "=\"");
  for (const char *c = value; *c != '\0'; c++)
    if (*c == '\n')
      g_string_append (labels, "\\n");
    else if (*c == '"' || *c == '\\')
      g_string_append_printf (labels, "\\%c", *c);
    else
      g_string_append_c (labels, *c);
  g_string_append_c (labels, '"');
}

/* OpenMetrics names a counter without the end that its samples have. */
static void
append_head (GString *text, const BvMetricFamily *family, gboolean is_open_metrics)
{
  gsize length = strlen (family->name);

  if (is_open_metrics && g_str_has_suffix (family->name, TOTAL))
    length -= strlen (TOTAL);
  g_string_append_printf (text, "# HELP %.*s %s\n# TYPE %.*s %s\n", (int)length, family->name,
                          family->help, (int)length, family->name,
                          bv_metric_type_to_string (family->type));
}

GString *
bv_exposition_finish (BvExposition *self, gboolean is_open_metrics)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_families; i++)
    if (self->samples[i] != NULL)
      {
        append_head (text, &self->families[i], is_open_metrics);
        g_string_append_len (text, self->samples[i]->str, (gssize)self->samples[i]->len);
        drop_samples (self, i);
      }
  if (is_open_metrics)
    g_string_append (text, "# EOF\n");
  return text;
}
