/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-io-threads.h"

/* How many there are; the disks and controllers say which they use. */
gboolean
bv_convert_io_threads (BvConversion *self, GError **error)
{
  BvIoThreads threads = bv_io_threads_of (self->domain_spec);

  if (threads.total > 0)
    bv_xml_add_uint (self->root, "iothreads", threads.total);
  return TRUE;
}
