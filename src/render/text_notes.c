#include "base/cleanup.h"
#include "base/mem.h"
#include "render/view.h"

void text_notes(struct view *view)
{
    const struct report *report = view->report;
    const char *closing = report->group ? NULL : view->options->closing;

    if (report->n_notes || closing)
        text_end(&view->text);
    for (size_t i = 0; i < report->n_notes; i++) {
        const struct profile_note *note = &report->notes[i];
        CLEANUP(cleanup_free) char *sentence = profile_note_text(note);
        CLEANUP(cleanup_free)
        char *words = mem_printf("lprof: note: %s%s%s", sentence, note->hint ? ": " : "",
                                 note->hint ? note->hint : "");
        text_wrap(&view->text, words, 2);
        text_end(&view->text);
    }
    if (closing) {
        text_wrap(&view->text, closing, 2);
        text_end(&view->text);
    }
}
