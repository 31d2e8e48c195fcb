/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-call-order.h"

/* Calls go on in the order in which they came, whoever is answered first. */

typedef struct
{
  GString *log;
  char name;
} Call;

static void
go_on (gpointer user_data)
{
  const Call *call = user_data;

  g_string_append_c (call->log, call->name);
}

typedef struct
{
  const char *callers; /* of the calls a, b, c ... */
  const char *answers; /* which of them is answered; in upper case it is refused */
  const char *gone_on; /* separated by a space for each answer */
} Case;

static const Case cases[] = {
  { "111", "abc", "a b c " }, { "111", "cba", "  abc " }, { "111", "bac", " ab c " },
  { "121", "bca", "b  ac " }, { "111", "cBa", "  ac " },  { "111", "Abc", " b c " },
  { "111", "bAc", " b c " },  { "111", "CBA", "   " },
};

static void
test_order (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (BvCallOrder) order = bv_call_order_new ();
  g_autoptr (GString) log = g_string_new (NULL);
  Call calls[8];
  BvCallTurn *turns[8];

  for (guint i = 0; row->callers[i] != '\0'; i++)
    {
      const char caller[] = { row->callers[i], '\0' };

      calls[i] = (Call){ log, (char)('a' + i) };
      turns[i] = bv_call_order_join (order, caller, "manage");
    }
  for (const char *answer = row->answers; *answer != '\0'; answer++)
    {
      guint index = (guint)(g_ascii_tolower (*answer) - 'a');

      bv_call_order_answer (order, turns[index], g_ascii_islower (*answer) ? go_on : NULL,
                            &calls[index]);
      g_string_append_c (log, ' ');
    }
  g_assert_cmpstr (log->str, ==, row->gone_on);
}

/* Another action is another line: it may wait for a password. */
static void
test_actions (void)
{
  g_autoptr (BvCallOrder) order = bv_call_order_new ();
  g_autoptr (GString) log = g_string_new (NULL);
  Call calls[] = { { log, 'a' }, { log, 'b' } };
  BvCallTurn *first = bv_call_order_join (order, "1", "exec");
  BvCallTurn *second = bv_call_order_join (order, "1", "manage");

  bv_call_order_answer (order, second, go_on, &calls[1]);
  g_assert_cmpstr (log->str, ==, "b");
  bv_call_order_answer (order, first, go_on, &calls[0]);
  g_assert_cmpstr (log->str, ==, "ba");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path =
          g_strdup_printf ("/call-order/%s/%s", cases[i].callers, cases[i].answers);

      g_test_add_data_func (path, &cases[i], test_order);
    }
  g_test_add_func ("/call-order/actions", test_actions);
  return g_test_run ();
}
