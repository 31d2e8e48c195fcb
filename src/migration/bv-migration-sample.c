/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-sample.h"

#define FIELD(bit, name, field)                                                                    \
  {                                                                                                \
    BV_SAMPLE_##bit, VIR_DOMAIN_JOB_##name, G_STRUCT_OFFSET (BvMigrationSample, field)             \
  }

static const struct
{
  BvSampleField bit;
  const char *name;
  gsize offset;
} fields[] = {
  FIELD (ELAPSED, TIME_ELAPSED, elapsed_ms),
  FIELD (DATA_TOTAL, DATA_TOTAL, data_total),
  FIELD (DATA_PROCESSED, DATA_PROCESSED, data_processed),
  FIELD (DATA_REMAINING, DATA_REMAINING, data_remaining),
  FIELD (MEMORY_RATE, MEMORY_BPS, memory_rate),
  FIELD (DIRTY_RATE, MEMORY_DIRTY_RATE, dirty_rate),
  FIELD (PAGE_SIZE, MEMORY_PAGE_SIZE, page_size),
  FIELD (ITERATION, MEMORY_ITERATION, iteration),
  FIELD (DOWNTIME, DOWNTIME, downtime_ms),
  FIELD (MEMORY_TOTAL, MEMORY_TOTAL, memory_total),
  FIELD (MEMORY_REMAINING, MEMORY_REMAINING, memory_remaining),
  FIELD (DISK_RATE, DISK_BPS, disk_rate),
  FIELD (POST_COPY_REQUESTS, MEMORY_POSTCOPY_REQS, post_copy_requests),
};

/* Fills in all but what the caller knows. */
void
bv_migration_sample_read (BvMigrationSample *self, int type, virTypedParameterPtr params,
                          int n_params)
{
  self->under_way = type == VIR_DOMAIN_JOB_UNBOUNDED;
  self->known = 0;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      unsigned long long value = 0;

      if (virTypedParamsGetULLong (params, n_params, fields[i].name, &value) == 1)
        self->known |= fields[i].bit;
      G_STRUCT_MEMBER (guint64, self, fields[i].offset) = value;
    }
}
