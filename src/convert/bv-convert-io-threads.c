/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-io-threads.h"

#include <glib/gi18n-lib.h>

/* How many there are; the disks and controllers say which they use. */
gboolean
bv_convert_io_threads (BvConversion *self, GError **error)
{
  const BvApiDiskIOThreads *pool = self->domain_spec->io_threads;
  BvIoThreads threads = bv_io_threads_of (self->domain_spec);

  if (threads.pool > 0 && pool->supplemental_pool_thread_count > BV_IO_THREADS_MAX_POOL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("VMI %s: spec.domain.ioThreads.supplementalPoolThreadCount is "
                      "%" G_GINT64_FORMAT ", and no guest can have more than %u I/O threads."),
                   self->vmi->metadata->name, pool->supplemental_pool_thread_count,
                   BV_IO_THREADS_MAX_POOL);
      return FALSE;
    }
  if (threads.total > 0)
    bv_xml_add_uint (self->root, "iothreads", threads.total);
  return TRUE;
}
