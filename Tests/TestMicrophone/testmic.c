/*
 * A microphone without hardware: an ALSA ioplug plugin that plays a raw sample file at the pace of
 * the monotonic clock and has the faults of real microphones. Unlike them it waits for a reader
 * that is late, so that a busy machine loses nothing; "hurry" makes it as they are.
 *
 * Configuration of a PCM of type "testmic":
 *   file      raw interleaved frames; played in a loop
 *   control   a file whose first word is the state: "ok", "suspend", "disconnect", "stall";
 *             "hurry" is "ok", but sound that finds no room in the buffer is lost, with an overrun;
 *             "drop" is "stall", but what was played meanwhile is lost without an error, as with a
 *             sound server; "rate N" is "ok", but the device opens at N Hz only; "busy" and
 *             "denied" refuse to be opened
 *   formats, rates, channels   what the device offers, separated by "+"
 *   epoch     the time of CLOCK_MONOTONIC, in nanoseconds, at which the file began to play;
 *             0 lets it begin with the first frame that is read from this handle
 *
 * The frame that is "captured" at the time t is frame (t - epoch) * rate of the file, whatever
 * happened before: the samples tell which of them were missed. Waiting for a late reader moves the
 * epoch of the handle. When the first frame of a handle is read, its epoch is written to the file
 * CONTROL.epoch.
 * Once started, no callback allocates memory.
 *
 * A control device of type "testcard" is a card without controls that has a name:
 *   id, name   the short name and the long one
 */
#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CHOICES = 16, STALLED_TICK_MS = 250 };

enum condition { OK, HURRIED, SUSPENDED, DISCONNECTED, STALLED, DROPPING, BUSY, DENIED };

struct mic {
    snd_pcm_ioplug_t io;
    const uint8_t *bytes;
    size_t byte_count;
    char control[4096];
    int64_t epoch;
    int64_t started;    /* when the stream was started */
    int64_t last_total; /* frames captured since then */
    int64_t dropping;   /* when it began to drop; 0 when it does not */
    int hurried;        /* it does not wait for the reader */
    int was_read;
    enum condition timer_for;
};

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t frames_in(const struct mic *mic, int64_t nanoseconds) {
    return (int64_t)((__int128)nanoseconds * mic->io.rate / 1000000000);
}

static enum condition read_condition(const char *path, unsigned *rate) {
    char text[64] = "";
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return OK;
    ssize_t count = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    if (count < 0) return OK;
    if (rate && sscanf(text, "rate %u", rate) == 1) return OK;
    if (strncmp(text, "hurry", 5) == 0) return HURRIED;
    if (strncmp(text, "suspend", 7) == 0) return SUSPENDED;
    if (strncmp(text, "disconnect", 10) == 0) return DISCONNECTED;
    if (strncmp(text, "drop", 4) == 0) return DROPPING;
    if (strncmp(text, "busy", 4) == 0) return BUSY;
    if (strncmp(text, "denied", 6) == 0) return DENIED;
    return strncmp(text, "stall", 5) == 0 ? STALLED : OK;
}

static void set_timer(struct mic *mic, enum condition condition) {
    int64_t period = condition == STALLED
                         ? STALLED_TICK_MS * 1000000LL
                         : 1000000000LL * (int64_t)mic->io.period_size / mic->io.rate;
    struct itimerspec t = {{period / 1000000000, period % 1000000000},
                           {period / 1000000000, period % 1000000000}};
    timerfd_settime(mic->io.poll_fd, 0, &t, NULL);
    mic->timer_for = condition;
}

static enum condition obey(struct mic *mic) {
    enum condition condition = read_condition(mic->control, NULL);
    mic->hurried = condition == HURRIED;
    if (condition == HURRIED) condition = OK;
    if (condition == SUSPENDED) snd_pcm_ioplug_set_state(&mic->io, SND_PCM_STATE_SUSPENDED);
    if (condition == DISCONNECTED) snd_pcm_ioplug_set_state(&mic->io, SND_PCM_STATE_DISCONNECTED);
    if (condition == DROPPING && !mic->dropping) mic->dropping = now();
    if (condition == OK && mic->dropping) {
        /* The stream continues where it was, with the sound of now. */
        mic->started += now() - mic->dropping;
        mic->dropping = 0;
    }
    if (condition == DROPPING) condition = STALLED;
    if ((condition == STALLED) != (mic->timer_for == STALLED)) set_timer(mic, condition);
    return condition;
}

static int mic_prepare(snd_pcm_ioplug_t *io) {
    struct mic *mic = io->private_data;
    mic->last_total = 0;
    mic->dropping = 0;
    switch (read_condition(mic->control, NULL)) {
    case SUSPENDED: return -ESTRPIPE;
    case DISCONNECTED: return -ENODEV;
    default: return 0;
    }
}

static int mic_start(snd_pcm_ioplug_t *io) {
    struct mic *mic = io->private_data;
    mic->started = now();
    set_timer(mic, OK);
    return 0;
}

static int mic_stop(snd_pcm_ioplug_t *io) {
    struct itimerspec off = {{0, 0}, {0, 0}};
    return timerfd_settime(io->poll_fd, 0, &off, NULL);
}

/* Captures nothing for as long as the frames last that find no room. A period stays free: libasound
 * cannot tell a buffer that has been filled since it last looked from one that is empty. */
static void wait_for_reader(struct mic *mic) {
    int64_t room = (int64_t)mic->io.buffer_size - (int64_t)mic->io.period_size;
    int64_t late = mic->last_total - (int64_t)mic->io.appl_ptr - room;
    if (late <= 0) return;
    int64_t pause = late * 1000000000 / mic->io.rate;
    mic->started += pause;
    if (mic->epoch) mic->epoch += pause;
    mic->last_total = frames_in(mic, now() - mic->started);
}

static snd_pcm_sframes_t mic_pointer(snd_pcm_ioplug_t *io) {
    struct mic *mic = io->private_data;
    if (io->state == SND_PCM_STATE_RUNNING && obey(mic) == OK) {
        mic->last_total = frames_in(mic, now() - mic->started);
        if (!mic->hurried) wait_for_reader(mic);
        if (mic->last_total - (int64_t)io->appl_ptr > (int64_t)io->buffer_size) return -EPIPE;
    }
    return mic->last_total % (int64_t)io->buffer_size;
}

static void note_first_read(struct mic *mic) {
    char path[sizeof mic->control + 8], text[32];
    mic->was_read = 1;
    if (mic->epoch == 0) mic->epoch = mic->started;
    snprintf(path, sizeof path, "%s.epoch", mic->control);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return;
    int length = snprintf(text, sizeof text, "%lld\n", (long long)mic->epoch);
    if (write(descriptor, text, length) != length) unlink(path);
    close(descriptor);
}

static snd_pcm_sframes_t mic_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                      snd_pcm_uframes_t offset, snd_pcm_uframes_t size) {
    struct mic *mic = io->private_data;
    size_t frame_bytes = io->channels * snd_pcm_format_physical_width(io->format) / 8;
    size_t file_frames = mic->byte_count / frame_bytes;
    uint8_t *target = (uint8_t *)areas[0].addr + areas[0].first / 8 + offset * frame_bytes;
    if (!mic->was_read) note_first_read(mic);
    size_t frame = frames_in(mic, mic->started - mic->epoch) + io->appl_ptr;
    for (snd_pcm_uframes_t done = 0; done < size;) {
        size_t at = (frame + done) % file_frames;
        size_t count = file_frames - at < size - done ? file_frames - at : size - done;
        memcpy(target + done * frame_bytes, mic->bytes + at * frame_bytes, count * frame_bytes);
        done += count;
    }
    return size;
}

static int mic_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned int count,
                            unsigned short *revents) {
    uint64_t ticks;
    struct mic *mic = io->private_data;
    *revents = 0;
    if (count < 1 || read(fds[0].fd, &ticks, sizeof ticks) < 0) return 0;
    switch (obey(mic)) {
    case OK: *revents = POLLIN; break;
    case STALLED: break;
    default: *revents = POLLERR;
    }
    return 0;
}

static int mic_close(snd_pcm_ioplug_t *io) {
    struct mic *mic = io->private_data;
    munmap((void *)mic->bytes, mic->byte_count);
    close(io->poll_fd);
    free(mic);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = mic_start, .stop = mic_stop, .pointer = mic_pointer, .transfer = mic_transfer,
    .prepare = mic_prepare, .poll_revents = mic_poll_revents, .close = mic_close,
};

/* Parses "a+b+c" into numbers (or, with `formats`, format codes); returns how many. */
static int parse(const char *text, int formats, unsigned *values) {
    char copy[256], *rest = NULL;
    int count = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, "+", &rest); word && count < MAX_CHOICES;
         word = strtok_r(NULL, "+", &rest))
        values[count++] = formats ? (unsigned)snd_pcm_format_value(word) : (unsigned)atoi(word);
    return count;
}

static int offer(struct mic *mic, const char *formats, const char *rates, const char *channels,
                 unsigned only_rate) {
    unsigned values[MAX_CHOICES];
    /* Like hardware; libasound's converting plugins need the second. */
    unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
    int (*set)(snd_pcm_ioplug_t *, int, unsigned, const unsigned *) = snd_pcm_ioplug_set_param_list;
    int code = set(&mic->io, SND_PCM_IOPLUG_HW_ACCESS, 2, access);
    if (code >= 0)
        code = set(&mic->io, SND_PCM_IOPLUG_HW_FORMAT, parse(formats, 1, values), values);
    if (code >= 0)
        code = set(&mic->io, SND_PCM_IOPLUG_HW_CHANNELS, parse(channels, 0, values), values);
    if (code >= 0 && only_rate) return set(&mic->io, SND_PCM_IOPLUG_HW_RATE, 1, &only_rate);
    if (code >= 0) code = set(&mic->io, SND_PCM_IOPLUG_HW_RATE, parse(rates, 0, values), values);
    return code;
}

static int map_samples(struct mic *mic, const char *path) {
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    if (fstat(descriptor, &status) == 0 && status.st_size > 0) {
        mic->byte_count = status.st_size;
        mic->bytes = mmap(NULL, mic->byte_count, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor,
                          0);
    }
    close(descriptor);
    return mic->bytes && mic->bytes != MAP_FAILED ? 0 : -EINVAL;
}

struct field { const char *name, **value; };

static int read_fields(snd_config_t *conf, const struct field *fields, size_t count) {
    snd_config_iterator_t item, next;
    snd_config_for_each(item, next, conf) {
        snd_config_t *node = snd_config_iterator_entry(item);
        const char *id;
        if (snd_config_get_id(node, &id) < 0) continue;
        for (size_t index = 0; index < count; index++)
            if (strcmp(id, fields[index].name) == 0 &&
                snd_config_get_string(node, fields[index].value) < 0)
                return -EINVAL;
    }
    return 0;
}

SND_PCM_PLUGIN_DEFINE_FUNC(testmic) {
    const char *file = "", *control = "", *formats = "", *rates = "", *channels = "", *epoch = "0";
    struct field fields[] = {
        {"file", &file},   {"control", &control},   {"formats", &formats},
        {"rates", &rates}, {"channels", &channels}, {"epoch", &epoch}};
    if (read_fields(conf, fields, sizeof fields / sizeof *fields) < 0) return -EINVAL;
    (void)root;
    unsigned only_rate = 0;
    switch (read_condition(control, &only_rate)) {
    case DISCONNECTED: return -ENODEV;
    case BUSY: return -EBUSY;
    case DENIED: return -EACCES;
    default: break;
    }
    struct mic *mic = calloc(1, sizeof *mic);
    if (!mic) return -ENOMEM;
    snprintf(mic->control, sizeof mic->control, "%s", control);
    mic->epoch = strtoll(epoch, NULL, 10);
    int code = map_samples(mic, file);
    if (code < 0) {
        free(mic);
        return code;
    }
    mic->io.version = SND_PCM_IOPLUG_VERSION;
    mic->io.name = "Test microphone";
    mic->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC;
    mic->io.callback = &callbacks;
    mic->io.private_data = mic;
    mic->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    mic->io.poll_events = POLLIN;
    code = snd_pcm_ioplug_create(&mic->io, name, stream, mode);
    if (code < 0) {
        mic_close(&mic->io);
        return code;
    }
    code = offer(mic, formats, rates, channels, only_rate);
    if (code < 0) {
        snd_pcm_ioplug_delete(&mic->io);
        return code;
    }
    *pcmp = mic->io.pcm;
    return 0;
}
SND_PCM_PLUGIN_SYMBOL(testmic);

static int card_elem_count(snd_ctl_ext_t *card) {
    (void)card;
    return 0;
}

static void card_close(snd_ctl_ext_t *card) { free(card); }

static const snd_ctl_ext_callback_t card_callbacks = {
    .close = card_close, .elem_count = card_elem_count,
};

SND_CTL_PLUGIN_DEFINE_FUNC(testcard) {
    const char *id = "", *title = "";
    struct field fields[] = {{"id", &id}, {"name", &title}};
    if (read_fields(conf, fields, 2) < 0) return -EINVAL;
    (void)root;
    if (!*title) return -ENOENT;
    snd_ctl_ext_t *card = calloc(1, sizeof *card);
    if (!card) return -ENOMEM;
    card->version = SND_CTL_EXT_VERSION;
    snprintf(card->id, sizeof card->id, "%s", id);
    snprintf(card->name, sizeof card->name, "%s", title);
    snprintf(card->longname, sizeof card->longname, "%s", title);
    card->poll_fd = -1;
    card->callback = &card_callbacks;
    int code = snd_ctl_ext_create(card, name, mode);
    if (code < 0) {
        free(card);
        return code;
    }
    *handlep = card->handle;
    return 0;
}
SND_CTL_PLUGIN_SYMBOL(testcard);
