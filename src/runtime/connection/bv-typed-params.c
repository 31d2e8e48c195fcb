/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-typed-params.h"

static GVariant *
param_to_variant (const virTypedParameter *param)
{
  switch (param->type)
    {
    case VIR_TYPED_PARAM_INT:
      return g_variant_new_int32 (param->value.i);
    case VIR_TYPED_PARAM_UINT:
      return g_variant_new_uint32 (param->value.ui);
    case VIR_TYPED_PARAM_LLONG:
      return g_variant_new_int64 (param->value.l);
    case VIR_TYPED_PARAM_ULLONG:
      return g_variant_new_uint64 (param->value.ul);
    case VIR_TYPED_PARAM_DOUBLE:
      return g_variant_new_double (param->value.d);
    case VIR_TYPED_PARAM_BOOLEAN:
      return g_variant_new_boolean (param->value.b);
    case VIR_TYPED_PARAM_STRING:
      return g_variant_new_take_string (g_utf8_make_valid (param->value.s, -1));
    default:
      return NULL;
    }
}

/**
 * bv_typed_params_to_variant:
 * @params: (array length=n_params): what libvirt gave
 * @n_params: how many they are
 *
 * Makes libvirt's typed parameters a dictionary. Those of a type that is not known are left out.
 *
 * Returns: (transfer full): an `a{sv}`
 */
GVariant *
bv_typed_params_to_variant (const virTypedParameter *params, int n_params)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (int i = 0; i < n_params; i++)
    {
      GVariant *value = param_to_variant (&params[i]);

      if (value != NULL)
        g_variant_builder_add (&builder, "{sv}", params[i].field, value);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
