/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * runtime-probe URI: the service's libvirt side without the service, for test_runtime.py. Reads
 * commands, a line each, and prints what they bring and what happens, a line each:
 *
 *   suspend NAME           suspend NAME done, or error TEXT
 *   state NAME             state NAME STATE REASON, or error TEXT
 *   agent NAME             agent NAME connected=B responsive=B os=.. hostname=.. addresses=.. at
 * each change ping NAME              ping NAME ok, or error TEXT links                  links
 * CONTROL AGENT JOBS console NAME           console connected=B at each change, and data TEXT,
 * escaped type TEXT              types at that console; TEXT is escaped shutdown NAME SECONDS
 * shutdown NAME asked, killed, finished
 *
 * and by itself: connected; disconnected REASON; event KIND NAME.
 */
#include "agent/bv-guest-agent.h"
#include "runtime/console/bv-console.h"
#include "runtime/domain/bv-domain.h"
#include "runtime/controller/bv-shutdown.h"

#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  GMainLoop *loop;
  BvConnection *connection;
  GDataInputStream *input;
  GHashTable *agents;   /* name -> BvGuestAgent */
  GPtrArray *shutdowns; /* of BvShutdown */
  BvConsole *console;
  int console_fd;
} Probe;

/* A call under way, for the domain called so. */
typedef struct
{
  Probe *probe;
  char *name;
} Request;

static void G_GNUC_PRINTF (1, 2) say (const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  printf ("%s\n", line);
  fflush (stdout);
}

static Request *
request_new (Probe *probe, const char *name)
{
  Request *request = g_new0 (Request, 1);

  request->probe = probe;
  request->name = g_strdup (name);
  return request;
}

static void
request_free (Request *request)
{
  g_free (request->name);
  g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

static void
state_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Request) request = data;
  g_autoptr (GError) error = NULL;
  BvDomainState state;
  BvDomainReason reason;

  if (bv_domain_get_state_finish (BV_CONNECTION (source), result, &state, &reason, &error))
    say ("state %s %s %s", request->name, bv_domain_state_to_string (state),
         bv_domain_reason_to_string (reason));
  else
    say ("error %s", error->message);
}

static void
do_state (Probe *probe, char **words)
{
  bv_domain_get_state_async (probe->connection, words[1], NULL, state_cb,
                             request_new (probe, words[1]));
}

static void
suspend_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Request) request = data;
  g_autoptr (GError) error = NULL;

  if (bv_domain_act_finish (BV_CONNECTION (source), result, &error))
    say ("suspend %s done", request->name);
  else
    say ("error %s", error->message);
}

static void
do_suspend (Probe *probe, char **words)
{
  bv_domain_act_async (probe->connection, BV_DOMAIN_SUSPEND, words[1], NULL, 0, NULL, suspend_cb,
                       request_new (probe, words[1]));
}

static char *
list_addresses (BvGuestInfo *info)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) addresses = NULL;

  for (guint i = 0; i < info->interfaces->len; i++)
    {
      BvGuestInterface *interface = g_ptr_array_index (info->interfaces, i);

      for (guint j = 0; j < interface->addresses->len; j++)
        {
          BvGuestAddress *address = g_ptr_array_index (interface->addresses, j);

          g_strv_builder_add (builder, address->address);
        }
    }
  addresses = g_strv_builder_end (builder);
  return g_strjoinv (",", addresses);
}

static void
agent_notify_cb (BvGuestAgent *agent, GParamSpec *pspec, gpointer data)
{
  BvGuestInfo *info = bv_guest_agent_get_info (agent);
  g_autofree char *addresses = list_addresses (info);

  say ("agent %s connected=%d responsive=%d os=%s hostname=%s addresses=%s users=%u version=%s",
       (const char *)data, bv_guest_agent_is_connected (agent),
       bv_guest_agent_is_responsive (agent), info->os.id, info->hostname, addresses,
       info->users->len, info->agent_version);
}

static void
agent_info_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Request) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvDomainInfo) info =
      bv_domain_get_info_finish (BV_CONNECTION (source), result, &error);
  BvGuestAgent *agent = g_hash_table_lookup (request->probe->agents, request->name);

  if (info == NULL)
    say ("error %s", error->message);
  else
    bv_guest_agent_set_connected (agent, info->agent_connected);
}

static void
do_agent (Probe *probe, char **words)
{
  g_autoptr (BvConfig) config = bv_config_new ();
  BvGuestAgent *agent = bv_guest_agent_new (probe->connection, config, words[1]);
  char *name = g_strdup (words[1]);

  g_hash_table_insert (probe->agents, name, agent);
  g_signal_connect (agent, "notify", G_CALLBACK (agent_notify_cb), name);
  bv_domain_get_info_async (probe->connection, name, NULL, agent_info_cb,
                            request_new (probe, name));
}

static void
ping_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Request) request = data;
  g_autoptr (GError) error = NULL;

  if (bv_guest_agent_ping_finish (BV_GUEST_AGENT (source), result, &error))
    say ("ping %s ok", request->name);
  else
    say ("error %s", error->message);
}

static void
do_ping (Probe *probe, char **words)
{
  bv_guest_agent_ping_async (g_hash_table_lookup (probe->agents, words[1]), NULL, ping_cb,
                             request_new (probe, words[1]));
}

static void
do_links (Probe *probe, char **words)
{
  say ("links %u %u %u", bv_connection_get_n_links (probe->connection, BV_LANE_CONTROL),
       bv_connection_get_n_links (probe->connection, BV_LANE_AGENT),
       bv_connection_get_n_links (probe->connection, BV_LANE_JOBS));
}

static gboolean
console_data_cb (int fd, GIOCondition condition, gpointer data)
{
  char buffer[4096];
  ssize_t n = read (fd, buffer, sizeof buffer - 1);
  g_autofree char *escaped = NULL;

  if (n <= 0)
    {
      say ("console ended");
      return G_SOURCE_REMOVE;
    }
  buffer[n] = '\0';
  escaped = g_strescape (buffer, NULL);
  say ("data %s", escaped);
  return G_SOURCE_CONTINUE;
}

static void
console_notify_cb (BvConsole *console, GParamSpec *pspec, gpointer data)
{
  say ("console connected=%d", bv_console_is_connected (console));
}

static void
console_info_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Request) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvDomainInfo) info =
      bv_domain_get_info_finish (BV_CONNECTION (source), result, &error);
  Probe *probe = request->probe;

  if (info == NULL)
    {
      say ("error %s", error->message);
      return;
    }
  probe->console = bv_console_new (info->console_path);
  g_signal_connect (probe->console, "notify::connected", G_CALLBACK (console_notify_cb), NULL);
  bv_console_start (probe->console);
  probe->console_fd = bv_console_open (probe->console, &error);
  g_unix_fd_add (probe->console_fd, G_IO_IN | G_IO_HUP, console_data_cb, NULL);
}

static void
do_console (Probe *probe, char **words)
{
  bv_domain_get_info_async (probe->connection, words[1], NULL, console_info_cb,
                            request_new (probe, words[1]));
}

static void
do_type (Probe *probe, char **words)
{
  g_autofree char *joined = g_strjoinv (" ", words + 1);
  g_autofree char *text = g_strcompress (joined);

  if (write (probe->console_fd, text, strlen (text)) != (ssize_t)strlen (text))
    say ("error The console takes nothing");
}

static void
asked_cb (BvShutdown *shutdown, gpointer data)
{
  say ("shutdown asked");
}

static void
killed_cb (BvShutdown *shutdown, gpointer data)
{
  say ("shutdown killed");
}

static void
failed_cb (BvShutdown *shutdown, GError *error, gpointer data)
{
  say ("shutdown failed %s", error->message);
}

static void
finished_cb (BvShutdown *shutdown, gpointer data)
{
  say ("shutdown finished");
}

static void
do_shutdown (Probe *probe, char **words)
{
  BvShutdown *shutdown =
      bv_shutdown_new (probe->connection, words[1], NULL, g_ascii_strtoll (words[2], NULL, 10));

  g_ptr_array_add (probe->shutdowns, shutdown);
  g_signal_connect (shutdown, "asked", G_CALLBACK (asked_cb), NULL);
  g_signal_connect (shutdown, "killed", G_CALLBACK (killed_cb), NULL);
  g_signal_connect (shutdown, "failed", G_CALLBACK (failed_cb), NULL);
  g_signal_connect (shutdown, "finished", G_CALLBACK (finished_cb), NULL);
  bv_shutdown_start (shutdown);
}

typedef struct
{
  const char *name;
  guint n_arguments;
  void (*run) (Probe *probe, char **words);
} CommandRow;

static const CommandRow command_table[] = {
  { "state", 1, do_state },       { "agent", 1, do_agent },     { "ping", 1, do_ping },
  { "links", 0, do_links },       { "type", 1, do_type },       { "console", 1, do_console },
  { "shutdown", 2, do_shutdown }, { "suspend", 1, do_suspend },
};

static void
run_line (Probe *probe, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  for (gsize i = 0; i < G_N_ELEMENTS (command_table); i++)
    if (g_strcmp0 (words[0], command_table[i].name) == 0 &&
        g_strv_length (words) > command_table[i].n_arguments)
      {
        command_table[i].run (probe, words);
        return;
      }
  say ("error There is no such command: %s", line);
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Probe *probe = data;
  g_autofree char *line = g_data_input_stream_read_line_finish (probe->input, result, NULL, NULL);

  if (line == NULL)
    {
      g_main_loop_quit (probe->loop);
      return;
    }
  run_line (probe, line);
  g_data_input_stream_read_line_async (probe->input, G_PRIORITY_DEFAULT, NULL, line_cb, probe);
}

static void
connected_cb (BvConnection *connection, gpointer data)
{
  say ("connected");
}

static void
disconnected_cb (BvConnection *connection, const char *reason, gpointer data)
{
  say ("disconnected %s", reason);
}

static void
domain_event_cb (BvConnection *connection, BvDomainEvent *event, gpointer data)
{
  Probe *probe = data;
  BvGuestAgent *agent = g_hash_table_lookup (probe->agents, event->name);

  say ("event %s %s", bv_domain_event_kind_to_string (event->kind), event->name);
  if (agent != NULL)
    bv_guest_agent_handle_event (agent, event);
}

static void
drop (gpointer object)
{
  gpointer alive = object;

  g_object_add_weak_pointer (object, &alive);
  g_object_unref (object);
  while (alive != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
probe_run (Probe *probe, const char *uri)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);

  probe->loop = g_main_loop_new (NULL, FALSE);
  probe->connection = bv_connection_new (uri);
  probe->input = g_data_input_stream_new (input);
  probe->agents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  probe->shutdowns = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (probe->connection, "connected", G_CALLBACK (connected_cb), NULL);
  g_signal_connect (probe->connection, "disconnected", G_CALLBACK (disconnected_cb), NULL);
  g_signal_connect (probe->connection, "domain-event", G_CALLBACK (domain_event_cb), probe);
  bv_connection_start (probe->connection);
  g_data_input_stream_read_line_async (probe->input, G_PRIORITY_DEFAULT, NULL, line_cb, probe);
  g_main_loop_run (probe->loop);
}

static void
probe_end (Probe *probe)
{
  GHashTableIter iter;
  gpointer agent;

  bv_connection_stop (probe->connection);
  g_ptr_array_unref (probe->shutdowns);
  g_hash_table_iter_init (&iter, probe->agents);
  while (g_hash_table_iter_next (&iter, NULL, &agent))
    drop (agent);
  g_hash_table_unref (probe->agents);
  if (probe->console != NULL)
    drop (probe->console);
  drop (probe->connection);
  g_object_unref (probe->input);
  g_main_loop_unref (probe->loop);
}

int
main (int argc, char **argv)
{
  Probe probe = { .console_fd = -1 };

  if (argc != 2)
    {
      fprintf (stderr, "usage: %s URI\n", argv[0]);
      return 2;
    }
  probe_run (&probe, argv[1]);
  probe_end (&probe);
  return 0;
}
