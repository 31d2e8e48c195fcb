/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-xml.h"

G_BEGIN_DECLS

/* Each is given the element that a rule found, and tells whether it changed it. */
gboolean bv_adapt_block_source_name (BvXml *source);
gboolean bv_adapt_clock_offset (BvXml *clock);
gboolean bv_adapt_disk_io_threads (BvXml *threads);
gboolean bv_adapt_empty_source_dir (BvXml *source);
gboolean bv_adapt_feature_policy (BvXml *feature);
gboolean bv_adapt_host_cpu (BvXml *cpu);
gboolean bv_adapt_memory_numa (BvXml *max_memory);
gboolean bv_adapt_memory_slots (BvXml *max_memory);
gboolean bv_adapt_panic_model (BvXml *panic);
gboolean bv_adapt_pci_display (BvXml *hostdev);
gboolean bv_adapt_passt (BvXml *interface);
gboolean bv_adapt_passt_backend (BvXml *interface);
gboolean bv_adapt_usb_controller (BvXml *controller);

/* Tells whether a rule means the element; changes nothing. */
gboolean bv_adapt_is_file (BvXml *disk);

G_END_DECLS
