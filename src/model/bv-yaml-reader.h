/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-node.h"

G_BEGIN_DECLS

/* What a text may hold; all far above what people write, and low enough for a hostile text to cost
 * little. */
#define BV_YAML_MAX_BYTES (16 * 1024 * 1024)
#define BV_YAML_MAX_NODES 250000
#define BV_YAML_MAX_DEPTH 64
#define BV_YAML_MAX_DOCUMENTS 4096

/* A YAML (or JSON) text read document by document. A reader that failed stays failed. */
typedef struct _BvYamlReader BvYamlReader;

/* What is wrong with a text, and where. */
typedef struct
{
  BvMark mark;
  char *message;
} BvYamlProblem;

BvYamlReader *bv_yaml_reader_new (const char *text, gsize length);
void bv_yaml_reader_free (BvYamlReader *self);
gboolean bv_yaml_reader_next (BvYamlReader *self, BvArena *arena, BvNode **document);
GPtrArray *bv_yaml_reader_get_problems (BvYamlReader *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvYamlReader, bv_yaml_reader_free)

G_END_DECLS
