/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-io-retry.h"

#define FIRST_SECONDS 10
#define LAST_SECONDS 180

/* A guest that ran on for so long is not stopped by the same trouble any more. */
#define GOOD_SECONDS 30

guint
bv_io_retry_next (BvIoRetry *self, gint64 now)
{
  gint64 passed = (now - self->tried) / G_USEC_PER_SEC;

  if (self->tried == 0 || passed > GOOD_SECONDS)
    {
      self->wait = 0;
      return 0;
    }
  self->wait = CLAMP (self->wait * 2, FIRST_SECONDS, LAST_SECONDS);
  return passed >= self->wait ? 0 : self->wait - (guint)passed;
}

void
bv_io_retry_note (BvIoRetry *self, gint64 now)
{
  self->tried = now;
}
