/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-admit-metadata.h"

#include "admit/bv-areas.h"
#include "admit/bv-text-rules.h"
#include "network/bv-publication.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LONGEST_KEY_NAME 63
#define MOST_ANNOTATION_BYTES (256 * 1024)
/* libvirt names files after a domain, with up to ten characters more. */
#define LONGEST_DOMAIN_NAME 240

static void G_GNUC_PRINTF (5, 6)
    refuse (BvCauseList *causes, const char *reason, const char *prefix, const char *below,
            const char *format, ...)
{
  g_autofree char *path = g_strconcat (prefix, below, NULL);
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  bv_cause_list_add (causes, BV_SEVERITY_ERROR, reason, path, message);
}

/* Letters, digits, dashes, underscores and dots, with a letter or digit at either end. */
static gboolean
is_word (const char *text)
{
  gsize length = strlen (text);

  if (length == 0 || length > LONGEST_KEY_NAME || !g_ascii_isalnum (text[0]) ||
      !g_ascii_isalnum (text[length - 1]))
    return FALSE;
  return strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.") == length;
}

/* `app`, or `example.org/app`; the part before the slash is a DNS name. */
static gboolean
is_key (const char *key, gboolean any_case)
{
  const char *slash = strchr (key, '/');
  g_autofree char *domain = NULL;

  if (slash == NULL)
    return is_word (key);
  domain = any_case ? g_ascii_strdown (key, slash - key) : g_strndup (key, slash - key);
  return bv_text_is_subdomain (domain) && is_word (slash + 1);
}

static char *
below (const char *map, const char *key)
{
  if (strpbrk (key, "./") != NULL)
    return g_strdup_printf (".%s[\"%s\"]", map, key);
  return g_strdup_printf (".%s.%s", map, key);
}

static void
admit_label (BvCauseList *causes, const char *prefix, const BvStringPair *label)
{
  g_autofree char *place = below ("labels", label->key);

  if (!is_key (label->key, FALSE))
    refuse (causes, BV_REASON_INVALID, prefix, place,
            _ ("“%s” cannot be the name of a label; write at most 63 letters, digits, dashes, "
               "underscores and dots, after a DNS name and a slash if need be."),
            label->key);
  if (label->value[0] != '\0' && !is_word (label->value))
    refuse (causes, BV_REASON_INVALID, prefix, place,
            _ ("“%s” cannot be the value of a label; write at most 63 letters, digits, dashes, "
               "underscores and dots that begin and end with a letter or digit."),
            label->value);
}

/* Labels and annotations have Kubernetes' form, so that the manifest can go to a cluster. */
static void
admit_labels (BvCauseList *causes, const BvApiObjectMeta *metadata, const char *prefix)
{
  gsize bytes = 0;

  for (guint i = 0; i < metadata->n_labels; i++)
    admit_label (causes, prefix, &metadata->labels[i]);
  for (guint i = 0; i < metadata->n_annotations; i++)
    {
      const BvStringPair *pair = &metadata->annotations[i];

      bytes += strlen (pair->key) + strlen (pair->value);
      if (!is_key (pair->key, TRUE))
        {
          g_autofree char *place = below ("annotations", pair->key);

          refuse (causes, BV_REASON_INVALID, prefix, place,
                  _ ("“%s” cannot be the name of an annotation; write at most 63 letters, digits, "
                     "dashes, underscores and dots, after a DNS name and a slash if need be."),
                  pair->key);
        }
    }
  if (bytes > MOST_ANNOTATION_BYTES)
    refuse (causes, BV_REASON_INVALID, prefix, ".annotations",
            _ ("The annotations have %" G_GSIZE_FORMAT " bytes; at most %d can be."), bytes,
            MOST_ANNOTATION_BYTES);
}

static void
admit_name (BvCauseList *causes, const BvApiObjectMeta *metadata)
{
  g_autofree char *meant = NULL;

  if (!bv_text_is_given (metadata->name))
    {
      if (bv_text_is_given (metadata->generate_name))
        refuse (causes, BV_REASON_REQUIRED, "metadata", ".generateName",
                _ ("A host gives no names: an object applied twice would become two; write a name "
                   "instead."));
      else
        refuse (causes, BV_REASON_REQUIRED, "metadata", ".name",
                _ ("The object has no name; add metadata.name."));
      return;
    }
  if (bv_text_is_subdomain (metadata->name))
    return;
  meant = g_strdelimit (g_ascii_strdown (metadata->name, -1), "_ ", '-');
  if (bv_text_is_subdomain (meant))
    refuse (causes, BV_REASON_INVALID, "metadata", ".name",
            _ ("“%s” cannot be a name, which has lower-case letters, digits, dashes and dots only; "
               "did you mean “%s”?"),
            metadata->name, meant);
  else
    refuse (causes, BV_REASON_INVALID, "metadata", ".name",
            _ ("“%s” cannot be a name; write at most 253 lower-case letters, digits, dashes and "
               "dots, each part between dots beginning and ending with a letter or digit."),
            metadata->name);
}

/* What every object must be called. */
void
bv_admit_names (BvCauseList *causes, const BvApiObjectMeta *metadata)
{
  static const BvApiObjectMeta none = { 0 };

  if (metadata == NULL)
    metadata = &none;
  admit_name (causes, metadata);
  if (bv_text_is_given (metadata->namespace) && !bv_text_is_label (metadata->namespace))
    refuse (causes, BV_REASON_INVALID, "metadata", ".namespace",
            _ ("“%s” cannot be a namespace; write at most 63 lower-case letters, digits and dashes "
               "that begin and end with a letter or digit."),
            metadata->namespace);
  admit_labels (causes, metadata, "metadata");
}

/* The name that a guest has at libvirt. */
void
bv_admit_domain_name (BvCauseList *causes, const BvApiObjectMeta *metadata)
{
  if (metadata == NULL || metadata->name == NULL)
    return;
  if (strlen (metadata->name) +
          strlen (metadata->namespace == NULL ? "default" : metadata->namespace) + 1 >
      LONGEST_DOMAIN_NAME)
    refuse (causes, BV_REASON_INVALID, "metadata", ".name",
            _ ("The namespace and the name of a guest have at most %d characters together, for the "
               "sake of the files that libvirt names after them; shorten the name."),
            LONGEST_DOMAIN_NAME - 1);
}

static void
require_gate_of_annotation (BvAdmission *self, const char *key, const char *gate)
{
  const char *value =
      bv_string_map_get (self->metadata->annotations, self->metadata->n_annotations, key);

  if (bv_text_is_given (value))
    bv_admission_require_gate (
        self, gate,
        bv_arena_printf (self->arena, "%s.annotations[\"%s\"]", self->metadata_prefix, key),
        _ ("The annotation %s"), key);
}

static const BvApiInterface *
find_masquerade (const BvApiVirtualMachineInstanceSpec *spec)
{
  const BvApiDevices *devices = spec->domain != NULL ? spec->domain->devices : NULL;

  for (guint i = 0; devices != NULL && i < devices->n_interfaces; i++)
    if (devices->interfaces[i]->masquerade != NULL)
      return devices->interfaces[i];
  return NULL;
}

/* Ports of the host that lead to the guest: there must be somewhere to lead to. */
static void
admit_published_ports (BvAdmission *self)
{
  const char *text = bv_string_map_get (self->metadata->annotations, self->metadata->n_annotations,
                                        BV_PUBLISH_ANNOTATION);
  const char *path = bv_arena_printf (self->arena, "%s.annotations[\"%s\"]", self->metadata_prefix,
                                      BV_PUBLISH_ANNOTATION);
  const BvApiInterface *interface = find_masquerade (self->spec);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) list = NULL;

  if (!bv_text_is_given (text))
    return;
  list = bv_publications_parse (text, &error);
  if (list == NULL)
    bv_cause_list_add (self->causes, BV_SEVERITY_ERROR, BV_REASON_INVALID, path, error->message);
  else if (interface == NULL)
    bv_cause_list_add (self->causes, BV_SEVERITY_ERROR, BV_REASON_INVALID, path,
                       _ ("Ports are published of an interface with the binding masquerade; this "
                          "guest has none."));
  else if (!bv_publications_check (list, interface, &error))
    bv_cause_list_add (self->causes, BV_SEVERITY_ERROR, BV_REASON_INVALID, path, error->message);
}

void
bv_admit_annotations (BvAdmission *self)
{
  if (self->metadata == NULL)
    return;
  if (self->is_template)
    admit_labels (self->causes, self->metadata, self->metadata_prefix);
  require_gate_of_annotation (self, "kubevirt.io/ignitiondata", "ExperimentalIgnitionSupport");
  require_gate_of_annotation (self, "hooks.kubevirt.io/hookSidecars", "Sidecar");
  admit_published_ports (self);
}
