// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "util/alloc.h"
#include "util/units.h"
#include "view/top-layout.h"

/* Columns in front of a bar: name, size and free. */
#define BAR_AT		36
/* Seconds between readings that keys choose. */
#define SECONDS_LEAST	0.1
#define SECONDS_MOST	60.0

static struct top_line *add_top_line(struct top_screen *screen)
{
	struct top_line *line;

	screen->lines = grow(screen->lines, screen->count, &screen->room,
			     sizeof(*screen->lines));
	line = &screen->lines[screen->count++];
	memset(line, 0, sizeof(*line));
	return line;
}

/* Append text with a look; text beyond the width is cut. */
static void put_look(struct top_line *line, const struct top_view *view,
		     enum top_look look, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void put_look(struct top_line *line, const struct top_view *view,
		     enum top_look look, const char *format, ...)
{
	size_t at = strlen(line->text), i;
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (i = 0; text[i] && at < view->columns && at < TOP_COLUMNS_MAX;
	     i++, at++) {
		/* Bytes of several columns would break the layout. */
		line->text[at] = text[i] >= ' ' && text[i] <= '~' ? text[i] :
								    '?';
		line->look[at] = look;
	}
	line->text[at] = '\0';
}

/* Fill a line with blanks, so that its look reaches the end. */
static void fill_line(struct top_line *line, const struct top_view *view,
		      enum top_look look)
{
	while (strlen(line->text) < view->columns &&
	       strlen(line->text) < TOP_COLUMNS_MAX)
		put_look(line, view, look, " ");
}

static void add_title(struct top_screen *screen, const struct top_view *view,
		      const char *title)
{
	struct top_line *line = add_top_line(screen);

	put_look(line, view, TOP_TITLE, "%s", title);
	fill_line(line, view, TOP_TITLE);
}

static const char *sized(uint64_t bytes, char out[UNITS_LEN])
{
	human_size(bytes, out);
	return out;
}

static void add_header(struct top_screen *screen, const struct top_model *model,
		       const struct top_view *view)
{
	struct top_line *line = add_top_line(screen);

	put_look(line, view, TOP_PLAIN, "HMT %.40s  hmtd %s  %zu workload%s",
		 model->status, *model->hmtd ? model->hmtd : "unknown",
		 model->nr_workloads, model->nr_workloads == 1 ? "" : "s");
	put_look(line, view, TOP_PLAIN, "  by %s  every %.3g s",
		 top_sort_name(view->sort), view->seconds);
}

/* Append @bytes of @size as characters of a bar that has @width of them. */
static void put_part(struct top_line *line, const struct top_view *view,
		     enum top_look look, char mark, uint64_t *sum,
		     uint64_t bytes, uint64_t size, size_t width)
{
	size_t from = size ? (double)*sum * width / size + 0.5 : 0, to;

	*sum += bytes;
	if (*sum > size)
		*sum = size;
	to = size ? (double)*sum * width / size + 0.5 : 0;
	for (; from < to; from++)
		put_look(line, view, look, "%c", mark);
}

static void add_tier_line(struct top_screen *screen, const struct top_view *view,
			  const struct top_tier *tier)
{
	struct top_line *line = add_top_line(screen);
	size_t width = view->columns - BAR_AT - 2;
	char size[UNITS_LEN], free[UNITS_LEN];
	uint64_t sum = 0;

	put_look(line, view, TOP_PLAIN, "%-12.12s %10s ", tier->tier.name,
		 sized(tier->tier.size, size));
	put_look(line, view, tier->tier.free <= tier->tier.low ? TOP_ALERT :
								 TOP_PLAIN,
		 "%10s", sized(tier->tier.free, free));
	put_look(line, view, TOP_PLAIN, " [");
	put_part(line, view, TOP_HOT, '#', &sum, tier->heat.hot,
		 tier->tier.size, width);
	put_part(line, view, TOP_WARM, '+', &sum, tier->heat.warm,
		 tier->tier.size, width);
	put_part(line, view, TOP_COLD, '-', &sum, tier->heat.cold,
		 tier->tier.size, width);
	put_part(line, view, TOP_OTHER, '.', &sum, tier->other,
		 tier->tier.size, width);
	while (strlen(line->text) < BAR_AT + width)
		put_look(line, view, TOP_PLAIN, " ");
	put_look(line, view, TOP_PLAIN, "]");
}

/* Print a line for the entries that do not fit. */
static void add_more(struct top_screen *screen, const struct top_view *view,
		     size_t left, const char *noun)
{
	if (left)
		put_look(add_top_line(screen), view, TOP_OTHER,
			 "  and %zu more %s", left, noun);
}

static void add_tiers(struct top_screen *screen, const struct top_model *model,
		      const struct top_view *view, size_t room)
{
	struct top_line *line = add_top_line(screen);
	size_t i, fits = model->nr_tiers <= room ? model->nr_tiers : room - 1;

	put_look(line, view, TOP_TITLE, "%-12s %10s %10s  ", "TIER", "SIZE",
		 "FREE");
	put_look(line, view, TOP_TITLE, "# hot + warm - cold . other%s%s",
		 view->only && *view->selected ? ", " : "",
		 view->only ? view->selected : "");
	fill_line(line, view, TOP_TITLE);
	for (i = 0; i < fits; i++)
		add_tier_line(screen, view, &model->tiers[i]);
	if (!model->nr_tiers)
		put_look(add_top_line(screen), view, TOP_ALERT,
			 "no live graph (run 'hmtctl setup')");
	add_more(screen, view, model->nr_tiers - fits, "tiers");
}

static void add_workload_line(struct top_screen *screen,
			      const struct top_view *view,
			      const struct top_workload *workload)
{
	bool selected = !strcmp(workload->name, view->selected);
	enum top_look look = selected ? TOP_SELECTED : TOP_PLAIN;
	struct top_line *line = add_top_line(screen);
	char bytes[UNITS_LEN];

	put_look(line, view, look, "%c%-12.12s %-7.7s %4llu %10s ",
		 selected ? '>' : ' ', workload->name, workload->state,
		 (unsigned long long)workload->processes,
		 sized(workload->bytes, bytes));
	put_look(line, view, look, "%3u%% %7.1f %7.1f %5.1f",
		 (workload->top_permille + 5) / 10,
		 workload->promoted / 1048576.0, workload->demoted / 1048576.0,
		 workload->cpu_permille / 10.0);
	put_look(line, view, look, "  %.1f/%.1f/%.1f", workload->scan / 10.0,
		 workload->plan / 10.0, workload->move / 10.0);
	fill_line(line, view, look);
}

static size_t selected_number(const struct top_model *model,
			      const struct top_view *view)
{
	size_t i;

	for (i = 0; i < model->nr_workloads; i++)
		if (!strcmp(model->workloads[i].name, view->selected))
			return i;
	return model->nr_workloads;
}

/* Show the part of the list that has the selected workload. */
static void add_workloads(struct top_screen *screen,
			  const struct top_model *model,
			  const struct top_view *view, size_t room)
{
	size_t fits = model->nr_workloads <= room ? model->nr_workloads :
						    room - 1;
	size_t at = selected_number(model, view), first = 0, i;

	if (at < model->nr_workloads && at >= fits)
		first = at + 1 - fits;
	add_title(screen, view,
		  " WORKLOAD     STATE   PROC     MEMORY  TOP    UP/s  DOWN/s  CPU%  scan/plan/move");
	for (i = first; i < first + fits; i++)
		add_workload_line(screen, view, &model->workloads[i]);
	if (!model->nr_workloads)
		put_look(add_top_line(screen), view, TOP_ALERT,
			 "no workload (run 'hmtctl workload create')");
	add_more(screen, view, model->nr_workloads - fits, "workloads");
}

static void add_edges(struct top_screen *screen, const struct top_model *model,
		      const struct top_view *view, size_t room)
{
	size_t fits = model->nr_edges <= room ? model->nr_edges : room - 1, i;
	const struct top_edge *edge;

	add_title(screen, view,
		  "FROM         TO           WAY       MiB/s      MOVED     FAILED     KERNEL");
	for (i = 0; i < fits; i++) {
		edge = &model->edges[i];
		put_look(add_top_line(screen), view, TOP_PLAIN,
			 "%-12.12s %-12.12s %-7s %7.1f %10llu %10llu %10llu",
			 edge->from, edge->to, edge->direction,
			 edge->bytes / 1048576.0,
			 (unsigned long long)edge->moved,
			 (unsigned long long)edge->failed,
			 (unsigned long long)edge->kernel);
	}
	add_more(screen, view, model->nr_edges - fits, "edges");
}

/* Check whether a cause is to be shown. */
static bool is_shown(const struct top_view *view, struct json_object *wait)
{
	return !view->only || !*view->selected ||
	       !strcmp(json_text(wait, "workload"), view->selected);
}

/* Add a sentence in lines that fit; return the number of lines left. */
static size_t add_wait(struct top_screen *screen, const struct top_view *view,
		       struct json_object *wait, size_t room)
{
	const char *remedy = json_text(wait, "remedy");
	char text[1024], *rest = text;
	size_t width, last;

	snprintf(text, sizeof(text), "%s%s%s", json_text(wait, "text"),
		 remedy && *remedy ? "; " : "", remedy ? remedy : "");
	while (*rest && room) {
		width = view->columns - 2;
		if (strlen(rest) > width) {
			for (last = width; last && rest[last] != ' '; last--)
				;
			width = last ? last : width;
		}
		put_look(add_top_line(screen), view, TOP_PLAIN, "%s%.*s",
			 rest == text ? "" : "  ", (int)width, rest);
		room--;
		rest += strlen(rest) < width ? strlen(rest) : width;
		rest += *rest == ' ';
	}
	return room;
}

static void add_wait_lines(struct top_screen *screen,
			   const struct top_model *model,
			   const struct top_view *view, size_t room)
{
	struct json_object *wait;
	size_t i, count = 0;

	add_title(screen, view, "WAITS, AND WHY");
	for (i = 0; i < json_object_array_length(model->waits); i++) {
		wait = json_object_array_get_idx(model->waits, i);
		if (!is_shown(view, wait))
			continue;
		count++;
		room = add_wait(screen, view, wait, room);
	}
	if (!count && room)
		put_look(add_top_line(screen), view, TOP_PLAIN, "nothing");
}

static const char *const help_lines[] = {
	"q, Esc       quit",
	"s            sort workloads by cpu, moves, size, name",
	"Up, k        select the workload above",
	"Down, j      select the workload below",
	"Enter        bars and causes of the selected workload only, or of all",
	"+, -         read twice as often, half as often",
	"h, ?         this help; any key ends it",
	"",
	"Bars: hot pages have a heat of 128 or more, warm ones of 16 or more, of",
	"at most 255. 'other' is memory of other programs, and pages that cannot",
	"move. TOP is the share of the memory in the fastest tier; UP/s and DOWN/s",
	"are MiB promoted and demoted per second; CPU% is the cost of the engine",
	"in per cent of one CPU, of which sampling, plans and moves have the parts",
	"scan/plan/move. KERNEL counts pages that kernel reclaim demoted.",
	NULL
};

static void add_help(struct top_screen *screen, const struct top_view *view)
{
	size_t i;

	add_title(screen, view, "KEYS OF hmtctl top");
	for (i = 0; help_lines[i]; i++)
		put_look(add_top_line(screen), view, TOP_PLAIN, "%s",
			 help_lines[i]);
}

/* Rows of the three lists; the causes get the others. */
struct shares {
	size_t tiers;
	size_t workloads;
	size_t edges;
	size_t waits;
};

/* Return @wanted, at most @room, and take it from *@room. */
static size_t take_rows(size_t wanted, size_t *room)
{
	size_t taken = wanted < *room ? wanted : *room;

	*room -= taken;
	return taken;
}

/*
 * Each list has two rows at least; tiers, workloads and edges get more in this
 * order, and causes have four rows before edges have more than three.
 */
static struct shares share_rows(const struct top_model *model,
				const struct top_view *view)
{
	/* Header, footer, and the titles and blanks of four lists. */
	size_t room = view->rows ? view->rows - 9 : SIZE_MAX / 2;
	struct shares shares = { };
	size_t waits;

	room -= 8;
	shares.tiers = 2 + take_rows(model->nr_tiers > 2 ?
				     model->nr_tiers - 2 : 0, &room);
	shares.workloads = 2;
	shares.edges = 2;
	waits = take_rows(2, &room);
	shares.workloads += take_rows(model->nr_workloads > 2 ?
				      model->nr_workloads - 2 : 0, &room);
	shares.edges += take_rows(model->nr_edges > 2 ? model->nr_edges - 2 : 0,
				  &room);
	shares.waits = 2 + waits + room;
	return shares;
}

void top_layout(struct top_screen *screen, const struct top_model *model,
		const struct top_view *wanted)
{
	/* Lines have no room for more columns; a wider screen is not filled. */
	struct top_view fit = *wanted, *view = &fit;
	struct shares shares = share_rows(model, view);

	if (fit.columns > TOP_COLUMNS_MAX)
		fit.columns = TOP_COLUMNS_MAX;
	*screen = (struct top_screen){ };
	add_header(screen, model, view);
	if (view->help) {
		add_help(screen, view);
		return;
	}
	add_tiers(screen, model, view, shares.tiers);
	add_top_line(screen);
	add_workloads(screen, model, view, shares.workloads);
	add_top_line(screen);
	add_edges(screen, model, view, shares.edges);
	add_top_line(screen);
	add_wait_lines(screen, model, view, shares.waits);
	if (!view->live)
		return;
	while (screen->count + 1 < view->rows)
		add_top_line(screen);
	put_look(add_top_line(screen), view, TOP_OTHER,
		 "q quit  s sort  up/down select  Enter only it  +/- speed  h help");
}

void top_screen_release(struct top_screen *screen)
{
	free(screen->lines);
	*screen = (struct top_screen){ };
}

static void select_by(struct top_view *view, const struct top_model *model,
		      int step)
{
	size_t at = selected_number(model, view);

	if (!model->nr_workloads)
		return;
	if (at == model->nr_workloads)
		at = 0;
	else if (step < 0)
		at -= at > 0;
	else if (at + 1 < model->nr_workloads)
		at++;
	snprintf(view->selected, sizeof(view->selected), "%s",
		 model->workloads[at].name);
}

static void change_speed(struct top_view *view, double factor)
{
	double seconds = view->seconds * factor;

	if (seconds < SECONDS_LEAST)
		seconds = SECONDS_LEAST;
	view->seconds = seconds > SECONDS_MOST ? SECONDS_MOST : seconds;
}

bool top_key(struct top_view *view, const struct top_model *model, int key)
{
	if (key == 'q' || key == 'Q' || (key == '\033' && !view->help))
		return false;
	if (view->help) {
		view->help = false;
		return true;
	}
	switch (key) {
	case 'h':
	case '?':
		view->help = true;
		break;
	case 's':
		view->sort = (view->sort + 1) % TOP_SORTS;
		break;
	case TOP_KEY_UP:
	case 'k':
		select_by(view, model, -1);
		break;
	case TOP_KEY_DOWN:
	case 'j':
		select_by(view, model, 1);
		break;
	case '\n':
	case '\r':
		view->only = !view->only && *view->selected;
		break;
	case '+':
		change_speed(view, 0.5);
		break;
	case '-':
		change_speed(view, 2);
		break;
	}
	return true;
}
