/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "runtime/domain/bv-guest-panic.h"

/* What QEMU writes, and what is made of it. */
static const struct
{
  const char *log;
  const char *message;
  const char *code;
} cases[] = {
  { NULL, "The guest's kernel panicked.", "unknown" },
  { "2026-11-21 17:00:00.000+0000: starting up\n", "The guest's kernel panicked.", "unknown" },
  { "2026-11-20 16:30:49.506+0000: panic hyper-v: arg1='0x1', arg2='0x2'\n"
    "2026-11-21 16:30:49.506+0000: panic hyper-v: arg1='0x5a', arg2='0x1', arg3='0xff', "
    "arg4='0x0', arg5='0xfffff80000000000'\nqemu: terminating\n",
    "The guest's kernel panicked: '0x5a', '0x1', '0xff', '0', '0xfffff80000000000'.", "0x5a" },
  { "2026-11-21 16:30:49.506+0000: panic s390: core='0', psw-mask='0x1', reason: 'disabled-wait'\n",
    "The guest's kernel panicked: type=s390.", "unknown" },
  { "x: panic \n", "The guest's kernel panicked.", "unknown" },
  { "x: panic averylongtypethatnobodyhaseverheardof: arg1='0x1'\n", "The guest's kernel panicked.",
    "unknown" },
};

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BvGuestPanic) panic = bv_guest_panic_new_from_log (cases[i].log);
      g_autofree char *message = bv_guest_panic_describe (panic);
      g_autofree char *code = bv_guest_panic_get_code (panic);

      g_assert_cmpstr (message, ==, cases[i].message);
      g_assert_cmpstr (code, ==, cases[i].code);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guest-panic/log", test_cases);
  return g_test_run ();
}
