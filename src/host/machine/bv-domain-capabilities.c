/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/machine/bv-domain-capabilities.h"

BvDomainCapabilities *
bv_domain_capabilities_new (void)
{
  BvDomainCapabilities *self = g_new0 (BvDomainCapabilities, 1);

  self->machines = g_new0 (char *, 1);
  self->deprecated_machines = g_new0 (char *, 1);
  self->models = g_new0 (char *, 1);
  return self;
}

void
bv_domain_capabilities_free (BvDomainCapabilities *self)
{
  g_strfreev (self->machines);
  g_strfreev (self->deprecated_machines);
  g_strfreev (self->models);
  g_free (self);
}

static void
add_machines (BvXml *arch, GStrvBuilder *all, GStrvBuilder *deprecated)
{
  for (BvXml *machine = bv_xml_find (arch, "machine"); machine != NULL;
       machine = bv_xml_next_same (machine))
    {
      if (bv_xml_get_text (machine) == NULL)
        continue;
      g_strv_builder_add (all, bv_xml_get_text (machine));
      if (g_strcmp0 (bv_xml_get (machine, "deprecated"), "yes") == 0)
        g_strv_builder_add (deprecated, bv_xml_get_text (machine));
    }
}

static void
read_machines (BvDomainCapabilities *self, BvXml *capabilities, const char *architecture)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) deprecated = g_strv_builder_new ();

  for (BvXml *guest = bv_xml_find (capabilities, "guest"); guest != NULL;
       guest = bv_xml_next_same (guest))
    {
      BvXml *arch = bv_xml_find (guest, "arch");

      if (arch != NULL && g_strcmp0 (bv_xml_get (arch, "name"), architecture) == 0)
        add_machines (arch, all, deprecated);
    }
  g_strfreev (self->machines);
  self->machines = g_strv_builder_end (all);
  g_strfreev (self->deprecated_machines);
  self->deprecated_machines = g_strv_builder_end (deprecated);
}

static gboolean
is_supported (BvXml *element)
{
  return element != NULL && g_strcmp0 (bv_xml_get (element, "supported"), "yes") == 0;
}

static void
read_models (BvDomainCapabilities *self, BvXml *mode)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (BvXml *model = bv_xml_find (mode, "model"); model != NULL; model = bv_xml_next_same (model))
    if (g_strcmp0 (bv_xml_get (model, "usable"), "no") != 0 && bv_xml_get_text (model) != NULL)
      g_strv_builder_add (builder, bv_xml_get_text (model));
  g_strfreev (self->models);
  self->models = g_strv_builder_end (builder);
}

static void
read_cpu (BvDomainCapabilities *self, BvXml *root)
{
  BvXml *cpu = bv_xml_find (root, "cpu");

  for (BvXml *mode = cpu != NULL ? bv_xml_find (cpu, "mode") : NULL; mode != NULL;
       mode = bv_xml_next_same (mode))
    {
      const char *name = bv_xml_get (mode, "name");

      if (g_strcmp0 (name, "host-passthrough") == 0)
        self->host_passthrough = is_supported (mode);
      else if (g_strcmp0 (name, "host-model") == 0)
        self->host_model = is_supported (mode);
      else if (g_strcmp0 (name, "custom") == 0)
        read_models (self, mode);
    }
}

/* Whether the enum NAME of ELEMENT has VALUE. */
static gboolean
has_value (BvXml *element, const char *name, const char *value)
{
  for (BvXml *list = bv_xml_find (element, "enum"); list != NULL; list = bv_xml_next_same (list))
    {
      if (g_strcmp0 (bv_xml_get (list, "name"), name) != 0)
        continue;
      for (BvXml *item = bv_xml_find (list, "value"); item != NULL; item = bv_xml_next_same (item))
        if (g_strcmp0 (bv_xml_get_text (item), value) == 0)
          return TRUE;
    }
  return FALSE;
}

/* SEV-ES has no mark of its own but the number of its guests; newer libvirt lists all kinds. */
static void
read_security (BvDomainCapabilities *self, BvXml *features)
{
  BvXml *sev = bv_xml_find (features, "sev");
  BvXml *tdx = bv_xml_find (features, "tdx");
  BvXml *security = bv_xml_find (features, "launchSecurity");
  const char *guests = is_supported (sev) ? bv_xml_get_child_text (sev, "maxESGuests") : NULL;

  self->sev = is_supported (sev);
  self->sev_es = guests != NULL && g_ascii_strtoull (guests, NULL, 10) > 0;
  self->tdx = is_supported (tdx);
  if (!is_supported (security))
    return;
  self->sev |= has_value (security, "sectype", "sev");
  self->sev_snp = has_value (security, "sectype", "sev-snp");
  self->tdx |= has_value (security, "sectype", "tdx");
}

BvDomainCapabilities *
bv_domain_capabilities_new_from_xml (BvXml *capabilities, BvXml *domain_capabilities,
                                     const char *architecture)
{
  BvDomainCapabilities *self = bv_domain_capabilities_new ();
  BvXml *devices = bv_xml_find (domain_capabilities, "devices");
  BvXml *features = bv_xml_find (domain_capabilities, "features");
  BvXml *tpm = devices != NULL ? bv_xml_find (devices, "tpm") : NULL;

  self->known = TRUE;
  read_machines (self, capabilities, architecture);
  read_cpu (self, domain_capabilities);
  self->tpm = is_supported (tpm) && has_value (tpm, "backendModel", "emulator");
  self->rng = devices != NULL && is_supported (bv_xml_find (devices, "rng"));
  if (features != NULL)
    read_security (self, features);
  return self;
}

gboolean
bv_domain_capabilities_has_machine (const BvDomainCapabilities *self, const char *machine)
{
  return self->machines[0] == NULL ||
         g_strv_contains ((const char *const *)self->machines, machine);
}

gboolean
bv_domain_capabilities_has_model (const BvDomainCapabilities *self, const char *model)
{
  return self->models[0] == NULL || g_strv_contains ((const char *const *)self->models, model);
}
