#include "diff/diffpage.h"

#include "compare/jsonpatch.h"
#include "diff/diffheader.h"
#include "diff/diffview.h"
#include "diff/findbar.h"
#include "diff/overviewruler.h"
#include "session/session.h"
#include "theme/theme.h"
#include "json/pointer.h"

#include <QAction>
#include <QFutureWatcher>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

constexpr qsizetype FollowCaretUpTo = 400'000; ///< bytes of text up to which the breadcrumb follows the caret

QWidget *hairline(QWidget *parent)
{
    auto *line = new QWidget(parent);
    line->setProperty("hairline", true);
    line->setAttribute(Qt::WA_StyledBackground);
    line->setFixedHeight(1);
    return line;
}

/// The highlighter reads its definition once, on a worker, for the whole program.
QFuture<std::shared_ptr<JsonHighlighter>> sharedHighlighter()
{
    static const QFuture<std::shared_ptr<JsonHighlighter>> made = QtConcurrent::run([] { return std::make_shared<JsonHighlighter>(); });
    return made;
}

} // namespace

struct DiffPage::Private {
    Private(DiffPage *page, Session &s) : q(page), session(s) { }
    DiffPage *q;
    Session &session;
    Breadcrumb *breadcrumb = nullptr;
    QLabel *counter = nullptr;
    QPushButton *up = nullptr, *down = nullptr;
    DiffHeader *header = nullptr;
    QLabel *note = nullptr;
    DiffView *view = nullptr;
    OverviewRuler *ruler = nullptr;
    FindBar *find = nullptr;
    int textJob = -1; ///< the session's job whose texts are wanted
    int alignJob = 0;
    bool settingPointer = false;
    QString lastFailure;

    void build();
    void refresh();
    void showTitles();
    void showCounter();
    void showBreadcrumb();
    void showNote(const QStringList &sentences);
    void align(const QByteArray &oldText, const QByteArray &newText);
    void took(const DiffDocumentPtr &document);
    void goToPointer();
    [[nodiscard]] const Report::Finding *finding() const;
    [[nodiscard]] QString nameOf(const QString &id) const;
};

DiffPage::DiffPage(Session &session, QWidget *parent) : QWidget(parent), d(std::make_unique<Private>(this, session))
{
    d->build();
    const auto refresh = [this] { d->refresh(); };
    connect(&session, &Session::storeOpened, this, refresh);
    connect(&session, &Session::storeClosed, this, refresh);
    connect(&session, &Session::rangeChanged, this, [this] {
        d->lastFailure.clear();
        d->refresh();
    });
    connect(&session, &Session::findingsChanged, this, refresh);
    connect(&session, &Session::currentFindingChanged, this, refresh);
    connect(&session, &Session::proofChanged, this, [this] { d->showTitles(); });
    connect(&session, &Session::currentPointerChanged, this, [this] {
        if (!d->settingPointer) {
            d->goToPointer();
        }
    });
    connect(&session, &Session::failed, this, [this](const Error &error) {
        d->lastFailure = errorText(error);
        if (!d->session.findings() && !d->session.isComputing()) {
            d->refresh();
        } else if (d->textJob >= 0) {
            // Never the texts of another change under this one's name. Where the failure was another's, the answer replaces these words.
            d->view->setMessage(tr("The texts of this change could not be read"), d->lastFailure);
        }
    });
    connect(&session, &Session::entityTextsReady, this, [this](int job, const QByteArray &oldText, const QByteArray &newText) {
        if (job == d->textJob) {
            d->textJob = -1;
            d->align(oldText, newText);
        }
    });
    auto *watcher = new QFutureWatcher<std::shared_ptr<JsonHighlighter>>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher] {
        d->view->setHighlighter(watcher->result());
        watcher->deleteLater();
    });
    watcher->setFuture(sharedHighlighter());
    d->refresh();
}

DiffPage::~DiffPage() = default;

DiffView *DiffPage::view() const
{
    return d->view;
}
FindBar *DiffPage::findBar() const
{
    return d->find;
}

void DiffPage::Private::build()
{
    breadcrumb = new Breadcrumb(q);
    counter = new QLabel(q);
    counter->setProperty("muted", true);
    const auto arrow = [this](const QString &text, const QString &name) {
        auto *button = new QPushButton(text, q);
        button->setProperty("flat", true);
        button->setFlat(true);
        button->setAccessibleName(name);
        button->setToolTip(name);
        return button;
    };
    up = arrow(u"▲"_s, DiffPage::tr("Previous change (Shift+F8)"));
    down = arrow(u"▼"_s, DiffPage::tr("Next change (F8)"));
    header = new DiffHeader(q);
    note = new QLabel(q);
    note->setTextFormat(Qt::PlainText);
    note->setWordWrap(true);
    note->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    note->setContentsMargins(14, 6, 14, 6);
    note->hide();
    view = new DiffView(q);
    ruler = new OverviewRuler(*view, q);
    find = new FindBar(*view, q);

    auto *top = new QHBoxLayout;
    top->setContentsMargins(14, 3, 10, 3);
    top->setSpacing(2);
    top->addWidget(breadcrumb, 1);
    top->addSpacing(12);
    top->addWidget(counter);
    top->addWidget(up);
    top->addWidget(down);
    auto *middle = new QHBoxLayout;
    middle->setSpacing(0);
    middle->addWidget(view, 1);
    middle->addWidget(ruler);
    auto *all = new QVBoxLayout(q);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(top);
    all->addWidget(hairline(q));
    all->addWidget(header);
    all->addWidget(note);
    all->addLayout(middle, 1);
    all->addWidget(find);

    QObject::connect(up, &QPushButton::clicked, view, &DiffView::previousChange);
    QObject::connect(down, &QPushButton::clicked, view, &DiffView::nextChange);
    QObject::connect(view, &DiffView::currentChangeChanged, q, [this] { showCounter(); });
    QObject::connect(view, &DiffView::currentRowChanged, q, [this] { showBreadcrumb(); });
    QObject::connect(view, &DiffView::viewportMoved, q, [this] { header->setSplit(view->split()); });
    QObject::connect(view, &DiffView::findRequested, q, [this] { find->open(); });

    const auto shortcut = [this](const QList<QKeySequence> &keys, auto &&slot) {
        auto *action = new QAction(q);
        action->setShortcuts(keys);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        QObject::connect(action, &QAction::triggered, q, std::forward<decltype(slot)>(slot));
        q->addAction(action);
    };
    shortcut({QKeySequence::Find}, [this] { find->open(); });
    shortcut({Qt::Key_F3}, [this] { find->next(); });
    shortcut({QKeySequence(Qt::SHIFT | Qt::Key_F3)}, [this] { find->previous(); });
    shortcut({Qt::Key_F8}, [this] { view->nextChange(); });
    shortcut({QKeySequence(Qt::SHIFT | Qt::Key_F8)}, [this] { view->previousChange(); });
    shortcut({QKeySequence(u"Ctrl+Shift+V"_s)}, [this] { view->copyValue(); });
    shortcut({QKeySequence(u"Ctrl+Shift+P"_s)}, [this] { view->copyPath(); });
    shortcut({QKeySequence(u"Ctrl+Shift+J"_s)}, [this] { view->copyPatch(); });
    shortcut({QKeySequence::ZoomIn, QKeySequence(u"Ctrl+="_s)}, [this] { view->zoom(1); });
    shortcut({QKeySequence::ZoomOut}, [this] { view->zoom(-1); });
    shortcut({QKeySequence(u"Ctrl+0"_s)}, [this] { view->zoom(0); });
    q->setFocusProxy(view);
}

const Report::Finding *DiffPage::Private::finding() const
{
    const Session::Findings range = session.findings();
    const int at = session.currentFinding();
    return range && at >= 0 && at < range->findings.size() ? &range->findings[at] : nullptr;
}

QString DiffPage::Private::nameOf(const QString &id) const
{
    const DiffDocumentPtr document = view->document();
    return document ? document->names.value(id) : QString();
}

void DiffPage::Private::refresh()
{
    textJob = -1;
    ++alignJob;
    view->setPatchSource({});
    showTitles();
    showNote({});
    const auto say = [this](const QString &headline, const QString &sentence) {
        view->setMessage(headline, sentence);
        showBreadcrumb();
        showCounter();
    };
    const Session::Findings range = session.findings();
    if (!session.isOpen()) {
        say(DiffPage::tr("No store is open"), DiffPage::tr("Open a store, or let the demo make one, to see what changed."));
    } else if (session.idA().isEmpty() || session.idB().isEmpty()) {
        say(DiffPage::tr("Two snapshots are needed"), DiffPage::tr("Capture the organisation twice, then drag A and B on the timeline."));
    } else if (session.isComputing()) {
        say(DiffPage::tr("Comparing A and B…"), DiffPage::tr("Only what differs is read; this rarely takes long."));
    } else if (!range) {
        say(DiffPage::tr("A and B could not be compared"),
            lastFailure.isEmpty() ? DiffPage::tr("Choose other snapshots on the timeline.") : lastFailure);
    } else if (range->findings.isEmpty()) {
        QString sentence = DiffPage::tr("Choose a longer range on the timeline.");
        if (!range->difference.notComparable.isEmpty()) {
            const qsizetype count = range->difference.notComparable.size();
            sentence = count == 1
                ? DiffPage::tr("One domain could not be compared, so this is not the whole organisation.")
                : DiffPage::tr("%1 domains could not be compared, so this is not the whole organisation.").arg(countText(count));
        }
        say(DiffPage::tr("Nothing differs between A and B"), sentence);
    } else if (!finding()) {
        say(DiffPage::tr("No change is selected"), DiffPage::tr("Choose one in the list of changes to see both sides."));
    } else {
        const Compare::EntityChange &change = finding()->judged.change;
        textJob = session.requestEntityTexts(change.domain, change.entity, change.previousEntity);
        if (!view->document()) {
            view->setMessage(DiffPage::tr("Reading both texts…"), QString());
        }
        showBreadcrumb();
    }
}

void DiffPage::Private::align(const QByteArray &oldText, const QByteArray &newText)
{
    const int job = ++alignJob;
    const Session::Findings range = session.findings();
    if (!range) {
        return;
    }
    auto *watcher = new QFutureWatcher<DiffDocumentPtr>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, job] {
        watcher->deleteLater();
        if (job == alignJob) {
            took(watcher->result());
        }
    });
    watcher->setFuture(QtConcurrent::run([oldText, newText, range] { return makeDocument(oldText, newText, range->names); }));
}

void DiffPage::Private::took(const DiffDocumentPtr &document)
{
    const Report::Finding *shown = finding();
    const Session::Findings range = session.findings();
    if (!shown || !range) {
        return;
    }
    const Compare::EntityChange change = shown->judged.change;
    if (document->left.text().isEmpty() && document->right.text().isEmpty()) {
        view->setMessage(DiffPage::tr("Neither side has a text"),
                         DiffPage::tr("This entity could not be read in A nor in B. Verify the store to learn why."));
        return;
    }
    view->setDocument(document);
    view->setPatchSource([fields = change.fields, document] {
        const Result<Json::Node> patch = Compare::jsonPatch(fields, document->left.text(), document->right.text());
        return patch ? patch->canonicalText() : QByteArray();
    });
    view->setSideNote(Side::Left, DiffPage::tr("Not there in A: it was added between A and B."));
    view->setSideNote(Side::Right, DiffPage::tr("Not there in B: it was removed between A and B."));

    QStringList notes;
    if (document->sides.tooLarge) {
        notes.append(DiffPage::tr("Too large to align line by line: both texts are shown as they are."));
    }
    if (!change.previousEntity.isEmpty()) {
        notes.append(DiffPage::tr("Deleted and recreated: in A it had the id %1. Shown as one change, because name and content agree.")
                         .arg(shortId(change.previousEntity)));
    }
    for (const Compare::NotComparable &gap : range->difference.notComparable) {
        if (gap.domain == change.domain && (gap.ids.isEmpty() || gap.ids.contains(change.entity))) {
            notes.append(DiffPage::tr("Not fully comparable: %1").arg(visibleText(gap.why, 300)));
        }
    }
    if (range->difference.rulesChanged.contains(change.domain)) {
        notes.append(DiffPage::tr("The rules for this domain changed between A and B: only what both share is compared."));
    }
    if (change.typeOnly > 0) {
        notes.append(change.typeOnly == 1
                         ? DiffPage::tr("One value differs only in type, such as \"30\" and 30, and does not count as change.")
                         : DiffPage::tr("%1 values differ only in type, such as \"30\" and 30, and do not count as change.")
                               .arg(countText(change.typeOnly)));
    }
    showNote(notes);
    if (session.currentPointer().isEmpty() || !view->goToPointer(session.currentPointer())) {
        view->goToChange(0);
    }
    header->setSplit(view->split());
    showCounter();
    showBreadcrumb();
    Q_EMIT q->documentShown();
}

void DiffPage::Private::goToPointer()
{
    if (!session.currentPointer().isEmpty() && view->document()) {
        (void)view->goToPointer(session.currentPointer());
    }
    showBreadcrumb();
}

void DiffPage::Private::showTitles()
{
    const auto title = [this](const QString &letter, const QString &id) {
        SideTitle made;
        made.letter = letter;
        const Evidence::SnapshotSummary *snapshot = session.snapshot(id);
        if (!snapshot) {
            made.time = DiffPage::tr("no snapshot");
            return made;
        }
        made.time = utcAndLocalText(snapshot->observedUtc);
        made.tip = DiffPage::tr("Snapshot %1").arg(id);
        if (const std::optional<Session::Proof> proof = session.proof()) {
            const bool bad = std::ranges::any_of(proof->problems,
                                                 [&id](const Evidence::Store::Problem &p) { return p.commit.isEmpty() || p.commit == id; });
            if (bad || proof->error) {
                made.state = proof->error ? DiffPage::tr("not proven") : DiffPage::tr("does not prove");
                made.tone = SideTitle::Tone::Bad;
            } else if (proof->signatures > 0) {
                made.state = DiffPage::tr("signed");
                made.tone = SideTitle::Tone::Good;
            }
        } else {
            made.state = DiffPage::tr("signature not checked yet");
        }
        return made;
    };
    header->setTitles(title(u"A"_s, session.idA()), title(u"B"_s, session.idB()));
    header->setSplit(view->split());
}

void DiffPage::Private::showCounter()
{
    const int count = view->changeCount();
    const int current = view->currentChange() + 1;
    counter->setText(count == 0        ? QString()
                         : current > 0 ? DiffPage::tr("change %1 of %2").arg(countText(current), countText(count))
                         : count == 1  ? DiffPage::tr("1 change")
                                       : DiffPage::tr("%1 changes").arg(countText(count)));
    up->setVisible(count > 0);
    down->setVisible(count > 0);
    up->setEnabled(count > 0 && view->currentChange() >= 0);
    down->setEnabled(view->currentChange() + 1 < count);
}

void DiffPage::Private::showBreadcrumb()
{
    const Report::Finding *shown = finding();
    if (!shown) {
        breadcrumb->setSteps({}, -1);
        return;
    }
    const Compare::EntityChange &change = shown->judged.change;
    const Session::Findings range = session.findings();
    QStringList steps{range->domainTitles.value(change.domain, change.domain),
                      change.name.isEmpty() ? shortId(change.entity) : change.name};
    const DiffDocumentPtr document = view->document();
    QString pointer = session.currentPointer();
    if (document && textJob < 0 && document->lines(view->currentSide()).text().size() < FollowCaretUpTo) {
        pointer = view->currentPointer();
    }
    const auto field = std::ranges::find(change.fields, pointer, &Compare::FieldChange::pointer);
    if (const Result<QStringList> tokens = Json::parsePointer(field != change.fields.end() ? field->path : pointer)) {
        for (const QString &token : *tokens) {
            bool number = false;
            (void)token.toUInt(&number);
            steps.append(withNames(number ? u'[' + token + u']' : token, [this](const QString &id) { return nameOf(id); }));
        }
    }
    breadcrumb->setSteps(steps, 1);
}

void DiffPage::Private::showNote(const QStringList &sentences)
{
    note->setText(sentences.join(u'\n'));
    note->setVisible(!sentences.isEmpty());
    QPalette amber = note->palette();
    amber.setColor(QPalette::Window, Theme::rowChanged());
    amber.setColor(QPalette::WindowText, Theme::text());
    note->setPalette(amber);
    note->setAutoFillBackground(true);
}

} // namespace Orgtrace::Ui
