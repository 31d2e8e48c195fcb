/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A firmware image for guests, as QEMU's firmware descriptors tell of it. */
typedef struct
{
  char *file; /* the descriptor */
  char *description;
  char *code;
  char *vars;         /* template of its variables; NULL: it keeps none */
  char *format;       /* of both images */
  gboolean is_memory; /* loaded as ROM, not as flash */
  GStrv features;
  GStrv targets; /* “x86_64 pc-q35-*”: what it is for */
} BvFirmware;

/* What a guest wants of its firmware. */
typedef struct
{
  const char *architecture; /* QEMU's name */
  const char *machine;      /* a whole name; “q35” stands for “pc-q35-…” */
  gboolean secure_boot;
  gboolean sev;
  gboolean sev_es;
  gboolean sev_snp;
  gboolean tdx;
} BvFirmwareWish;

/* The folders of descriptors on this host, the weakest first. */
GStrv bv_firmware_get_folders (void);

/* The descriptors of FOLDERS, by their files' names: a file hides those of its name in the folders
 * before, and is no descriptor itself where it is empty. What is wrong with one is added to
 * PROBLEMS, if given, and that one left out. */
GPtrArray *bv_firmware_list (const char *const *folders, GPtrArray *problems);

/* The first that fits, or NULL. */
const BvFirmware *bv_firmware_choose (GPtrArray *list, const BvFirmwareWish *wish);

G_END_DECLS
