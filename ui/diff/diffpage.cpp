#include "diff/diffpage_p.h"

#include "compare/jsonpatch.h"
#include "diff/diffheader.h"
#include "diff/diffview.h"
#include "diff/fieldpatch.h"
#include "diff/findbar.h"
#include "diff/gotobar.h"
#include "diff/leftouttext.h"
#include "diff/rawbar.h"
#include "theme/theme.h"
#include "json/pointer.h"

#include <QAction>
#include <QEvent>
#include <QFutureWatcher>
#include <QLabel>
#include <QToolButton>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

/// The highlighter reads its definition once, on a worker, for the whole program.
QFuture<std::shared_ptr<JsonHighlighter>> sharedHighlighter()
{
    static const QFuture<std::shared_ptr<JsonHighlighter>> made = QtConcurrent::run([] { return std::make_shared<JsonHighlighter>(); });
    return made;
}

} // namespace

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
    connect(&session, &Session::currentFindingChanged, this, [this] {
        if (d->shownDomain.isEmpty() || d->session.currentDomain() != d->shownDomain) {
            d->refresh();
        } else if (!d->following) {
            d->goToPointer(); // the domain stays on show: to its place in there
        }
    });
    connect(&session, &Session::currentDomainChanged, this, refresh);
    connect(&session, &Session::shownEntityChanged, this, refresh);
    connect(&session, &Session::namesChanged, this, [this] {
        if (d->waitingTexts) {
            d->align(std::exchange(d->waitingTexts, nullptr));
        }
    });
    connect(&session, &Session::leftOutReady, this, [this](int job, const Result<QList<Compare::SuppressedField>> &fields) {
        if (job != d->leftOutJob) {
            return;
        }
        d->leftOutJob = -1;
        const QString text = fields ? leftOutText(*fields) : tr("What was left out could not be read: %1").arg(errorText(fields.error()));
        if (!text.isEmpty()) {
            d->showNote(d->notes + QStringList(text));
        }
    });
    connect(&session, &Session::proofChanged, this, [this] { d->showTitles(); });
    connect(&session, &Session::currentPointerChanged, this, [this] {
        if (!d->following) {
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
    connect(&session, &Session::textsReady, this, [this](int job, const Session::TextsPtr &texts) {
        if (job == d->textJob) {
            d->textJob = -1;
            d->align(texts);
        }
    });
    connect(&session, &Session::rawTextsReady, this, [this](int job, const Result<QByteArray> &oldText, const Result<QByteArray> &newText) {
        if (job == d->rawJob) {
            d->rawJob = -1;
            d->tookRaw(oldText, newText);
        }
    });
    auto *watcher = new QFutureWatcher<std::shared_ptr<JsonHighlighter>>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher] {
        d->highlighter = watcher->result();
        d->view->setHighlighter(d->highlighter);
        d->applyColours();
        watcher->deleteLater();
    });
    watcher->setFuture(sharedHighlighter());
    d->refresh();
}

DiffPage::~DiffPage()
{
    d->alignCancel.cancel();
}

void DiffPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange) {
        d->applyColours(); // light and dark have each their own choice
        d->tintNote();
    }
    QWidget::changeEvent(event);
}

GoToBar *DiffPage::goToBar() const
{
    return d->goTo;
}
RawBar *DiffPage::rawBar() const
{
    return d->raw;
}
QMenu *DiffPage::layoutMenu() const
{
    return d->layoutButton->menu();
}
void DiffPage::showAsReceived()
{
    d->askForRaw();
}

DiffView *DiffPage::view() const
{
    return d->view;
}
FindBar *DiffPage::findBar() const
{
    return d->find;
}

std::optional<Compare::EntityChange> DiffPage::Private::shownChange() const
{
    if (const Report::Finding *selected = finding()) {
        return selected->judged.change;
    }
    const std::optional<Session::Entity> entity = session.shownEntity();
    if (!entity || !session.findings()) {
        return std::nullopt;
    }
    Compare::EntityChange change;
    change.domain = entity->domain;
    change.entity = entity->id;
    const QString key = entity->domain + u'/' + entity->id;
    change.name = session.names() ? session.names()->all.value(key) : session.findings()->names.value(key);
    return change;
}

void DiffPage::Private::askForLeftOut(const Compare::EntityChange &change)
{
    // Of a change only where something was left out that does not follow every change, as signals do.
    const auto &all = session.findings()->difference.suppressedEntities;
    const bool isListed = std::ranges::any_of(
        all, [&change](const Compare::SuppressedEntity &one) { return one.domain == change.domain && one.entity == change.entity; });
    leftOutJob = session.shownEntity() || isListed ? session.requestLeftOut(change.domain, change.entity) : -1;
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
    return document ? document->nameOf(id, view->currentSide()) : QString();
}

int DiffPage::Private::elementOf(const QString &entity, Side side) const
{
    return texts ? int((side == Side::Right ? texts->newIds : texts->oldIds).indexOf(entity.toUtf8())) : -1;
}

void DiffPage::Private::refresh()
{
    textJob = -1;
    rawJob = -1;
    leftOutJob = -1;
    ++alignJob;
    alignCancel.cancel();
    isRaw = false;
    shownDomain.clear();
    texts.reset();
    waitingTexts.reset();
    findingOf.clear();
    raw->hide();
    normalised->setChecked(true);
    formButton->setText(DiffPage::tr("Normalised ▾"));
    view->setPatchSource({});
    view->setChangePatchSource({});
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
    } else if (range->findings.isEmpty() && !session.shownEntity()) {
        QString sentence = DiffPage::tr("Choose a longer range on the timeline.");
        if (!range->difference.notComparable.isEmpty()) {
            const qsizetype count = range->difference.notComparable.size();
            sentence = count == 1
                ? DiffPage::tr("One domain could not be compared, so this is not the whole organisation.")
                : DiffPage::tr("%1 domains could not be compared, so this is not the whole organisation.").arg(countText(count));
        }
        say(DiffPage::tr("Nothing differs between A and B"), sentence);
    } else if (!session.currentDomain().isEmpty()) {
        textJob = session.requestDomainTexts(session.currentDomain());
        view->setMessage(DiffPage::tr("Reading the whole domain…"), DiffPage::tr("Every entity of A and of B, side by side."));
        showBreadcrumb();
        showCounter();
    } else if (!shownChange()) {
        say(DiffPage::tr("No change is selected"), DiffPage::tr("Choose one in the list of changes to see both sides."));
    } else {
        received->setEnabled(true);
        const Compare::EntityChange change = *shownChange();
        textJob = session.requestEntityTexts(change.domain, change.entity, change.previousEntity);
        if (!view->document()) {
            view->setMessage(DiffPage::tr("Reading both texts…"), QString());
        }
        showBreadcrumb();
    }
}

void DiffPage::Private::align(const Session::TextsPtr &ready)
{
    const int job = ++alignJob;
    alignCancel.cancel();
    alignCancel = CancellationSource();
    waitingTexts.reset();
    if (session.areNamesPending()) {
        waitingTexts = ready; // so that no name comes in later and moves what is being read
        return;
    }
    const Session::Findings range = session.findings();
    if (!range) {
        return;
    }
    texts = ready;
    const QString domain = session.currentDomain();
    const std::optional<Compare::EntityChange> change = domain.isEmpty() && finding() ? shownChange() : std::nullopt;
    auto *watcher = new QFutureWatcher<DiffDocumentPtr>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, job, domain] {
        watcher->deleteLater();
        if (job == alignJob && watcher->result()) {
            shownJob = job;
            shownDomain = domain;
            following = true;
            domain.isEmpty() ? took(watcher->result()) : tookDomain(watcher->result());
            following = false;
        }
    });
    watcher->setFuture(
        QtConcurrent::run([ready, range, names = session.names(), domain, change, isReceived = isRaw, cancel = alignCancel.token()] {
            DiffRequest request;
            request.oldText = ready->oldText;
            request.newText = ready->newText;
            request.names = names ? names->all : range->names;
            if (names) {
                request.oldNames = names->old;
            }
            request.rules.a = ready->rulesA;
            request.rules.b = ready->rulesB;
            if (!domain.isEmpty()) {
                request.rules.leftIds = ready->oldIds;
                request.rules.rightIds = ready->newIds;
                for (const Compare::EntityChange &one : range->difference.changes) {
                    if (one.domain == domain && !one.previousEntity.isEmpty()) {
                        request.rules.previous.insert(one.entity.toUtf8(), one.previousEntity.toUtf8());
                    }
                }
            } else if (change && change->kind == Compare::ChangeKind::Modified && !isReceived) {
                request.known = change->fields; // the number of changes is the change list's
                request.rules.without = change->previousEntity.isEmpty() ? QString() : ready->rulesB.identity;
            }
            return makeDocument(std::move(request), cancel);
        }));
}

QStringList DiffPage::Private::notesOn(const Compare::EntityChange &change, const DiffDocument &document) const
{
    QStringList notes;
    const Session::Findings range = session.findings();
    const bool isComparable = std::ranges::none_of(range->difference.notComparable, [&change](const Compare::NotComparable &gap) {
        return gap.domain == change.domain && (gap.ids.isEmpty() || gap.ids.contains(change.entity));
    });
    if (session.shownEntity() && isComparable) {
        const bool isOnBoth = !document.left.text().isEmpty() && !document.right.text().isEmpty();
        notes.append(
            isOnBoth ? DiffPage::tr("No setting of it differs between A and B.")
                     : DiffPage::tr("It is on one side only, and is not among the changes: what was not seen is not taken for removed."));
    }
    if (document.rows.tooLarge) {
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
    return notes;
}

void DiffPage::Private::took(const DiffDocumentPtr &document)
{
    const std::optional<Compare::EntityChange> shown = shownChange();
    const Session::Findings range = session.findings();
    if (!shown || !range) {
        return;
    }
    const Compare::EntityChange &change = *shown;
    if (document->left.text().isEmpty() && document->right.text().isEmpty()) {
        view->setMessage(DiffPage::tr("Neither side has a text"),
                         DiffPage::tr("This entity could not be read in A nor in B. Verify the store to learn why."));
        return;
    }
    view->setDocument(document);
    const auto patchOf = [document](const QList<Compare::FieldChange> &fields) {
        const Result<Json::Node> patch = Compare::jsonPatch(fields, document->left.text(), document->right.text());
        return patch ? patch->canonicalText() : QByteArray();
    };
    if (!isRaw) {
        view->setPatchSource([patchOf, fields = change.fields] { return patchOf(fields); });
    }
    if (!isRaw && !change.fields.isEmpty()) {
        view->setChangePatchSource([document](int at) { return fieldPatch(*document, at); });
    }
    view->setSideNote(Side::Left,
                      isRaw ? DiffPage::tr("Raw not available for A.") : DiffPage::tr("Not there in A: it was added between A and B."));
    view->setSideNote(Side::Right,
                      isRaw ? DiffPage::tr("Raw not available for B.") : DiffPage::tr("Not there in B: it was removed between A and B."));
    showNote(isRaw ? QStringList() : notesOn(change, *document));
    if (!isRaw) {
        askForLeftOut(change);
    }
    if (session.currentPointer().isEmpty() || !view->goToPointer(session.currentPointer(), pointerSide())) {
        view->goToChange(0);
    }
    header->setSplit(view->split());
    showCounter();
    showBreadcrumb();
    Q_EMIT q->documentShown();
}

void DiffPage::Private::tookDomain(const DiffDocumentPtr &document)
{
    const Session::Findings range = session.findings();
    if (!range) {
        return;
    }
    if (document->left.elements().empty() && document->right.elements().empty()) {
        view->setMessage(DiffPage::tr("This domain is empty on both sides"), DiffPage::tr("Choose another domain in the list of changes."));
        return;
    }
    for (int i = 0; i < range->findings.size(); ++i) {
        if (range->findings[i].judged.change.domain == shownDomain) {
            findingOf.insert(range->findings[i].judged.change.entity, i);
        }
    }
    view->setDocument(document);
    view->setChangePatchSource([document](int at) { return fieldPatch(*document, at); });
    received->setEnabled(false); // raw texts are looked at one by one, each look with its reason
    QStringList notes;
    for (const Compare::NotComparable &gap : range->difference.notComparable) {
        if (gap.domain == shownDomain) {
            const QString why = visibleText(gap.why, 300);
            const auto absent = std::ranges::count_if(gap.ids, [this](const QString &id) { return texts && texts->leftOut.contains(id); });
            if (gap.ids.isEmpty()) {
                notes.append(DiffPage::tr("Not comparable, so that nothing here is a change: %1").arg(why));
            } else if (absent > 0) {
                notes.append(counted(absent, DiffPage::tr("%1 entity is left out, because it cannot be compared: %2"),
                                     DiffPage::tr("%1 entities are left out, because they cannot be compared: %2"))
                                 .arg(why));
            }
            if (gap.ids.size() > absent) {
                notes.append(DiffPage::tr("Not fully comparable: %1").arg(why));
            }
        }
    }
    showNote(notes);
    view->goToChange(0);
    if (session.currentFinding() >= 0) {
        goToPointer();
    }
    header->setSplit(view->split());
    showCounter();
    showBreadcrumb();
    Q_EMIT q->documentShown();
}

Side DiffPage::Private::pointerSide() const
{
    if (const std::optional<Side> said = session.currentSide()) {
        return *said;
    }
    // What was removed is pointed to in A's text; the same pointer leads to something else in B's.
    const std::optional<Compare::EntityChange> change = shownChange();
    const auto at = [this](const Compare::FieldChange &field) { return field.pointer == session.currentPointer(); };
    const bool isGone = change && std::ranges::any_of(change->fields, [&at](const Compare::FieldChange &field) {
                            return at(field) && field.kind == Compare::FieldKind::Removed;
                        });
    const bool isThere = change && std::ranges::any_of(change->fields, [&at](const Compare::FieldChange &field) {
                             return at(field) && field.kind != Compare::FieldKind::Removed;
                         });
    return isGone && !isThere ? Side::Left : Side::Right;
}

void DiffPage::Private::goToPointer()
{
    if (!view->document()) {
        showBreadcrumb();
        return;
    }
    const bool outer = following;
    following = true;
    if (shownDomain.isEmpty()) {
        if (!session.currentPointer().isEmpty()) {
            (void)view->goToPointer(session.currentPointer(), pointerSide());
        }
    } else if (const Report::Finding *shown = finding(); shown && shown->judged.change.domain == shownDomain) {
        for (const Side side : {pointerSide(), pointerSide() == Side::Right ? Side::Left : Side::Right}) {
            const TextLines &lines = view->document()->lines(side);
            const int element = elementOf(shown->judged.change.entity, side);
            const int line = element >= 0 ? lines.lineOf(QString(u'/' + QString::number(element) + session.currentPointer())) : 0;
            if (line > 0) {
                view->goToLine(side, line);
                break;
            }
        }
    }
    following = outer;
    showBreadcrumb();
}

/// The change the caret stands on becomes the selected one everywhere.
void DiffPage::Private::tellSession()
{
    const DiffDocumentPtr document = view->document();
    const int at = view->currentChange();
    if (following || isRaw || !document || at < 0 || isOutdated()) {
        return;
    }
    const Compare::RowChange &change = document->rows.changes[at];
    if (change.row != view->currentRow()) {
        return;
    }
    following = true;
    QString pointer = change.pointer;
    if (!shownDomain.isEmpty() && texts) {
        const bool onLeft = change.kind == Compare::FieldKind::Removed;
        const int element = onLeft ? change.leftElement : change.rightElement;
        const QString entity = QString::fromUtf8(change.rightElement >= 0 ? texts->newIds.value(change.rightElement)
                                                                          : texts->oldIds.value(change.leftElement));
        pointer = pointer.sliced(std::min(pointer.size(), 1 + QString::number(element).size()));
        if (const int finding = findingOf.value(entity, -1); finding >= 0) {
            session.setCurrentFinding(finding, true);
        }
    }
    session.setCurrentPointer(pointer, change.kind == Compare::FieldKind::Removed ? Side::Left : Side::Right);
    following = false;
}

// -- as received --------------------------------------------------------------------------------------------------------------------

void DiffPage::Private::askForRaw()
{
    if (!shownChange() || !shownDomain.isEmpty()) {
        normalised->setChecked(true);
        return;
    }
    received->setChecked(true);
    raw->ask();
}

void DiffPage::Private::leaveRaw()
{
    normalised->setChecked(true);
    raw->hide();
    rawJob = -1;
    if (isRaw) {
        refresh();
    }
    view->setFocus(Qt::OtherFocusReason);
}

void DiffPage::Private::tookRaw(const Result<QByteArray> &oldText, const Result<QByteArray> &newText)
{
    const auto why = [](const Result<QByteArray> &side) {
        // Nothing kept, pruned, or of a domain that no request asked for: the words before say it.
        const bool isPlain = side || side.error().code == ErrorCode::NotFound || side.error().code == ErrorCode::BadInput;
        return isPlain ? QString() : QString(u' ' + errorText(side.error()));
    };
    if (!oldText && !newText) {
        raw->say(DiffPage::tr("Raw not available: what was received for this entity is not kept here, or was pruned.")
                 + (why(oldText).isEmpty() ? why(newText) : why(oldText)));
        normalised->setChecked(true);
        return;
    }
    auto asCame = std::make_shared<Session::Texts>();
    asCame->oldText = oldText.value_or(QByteArray());
    asCame->newText = newText.value_or(QByteArray());
    if (texts) { // elements stand beside each other by the same identities; nothing is dropped from what was received
        for (const auto side : {&Session::Texts::rulesA, &Session::Texts::rulesB}) {
            Catalogue::DomainRules &rules = (*asCame).*side;
            rules.name = ((*texts).*side).name;
            rules.identities = ((*texts).*side).identities;
        }
    }
    raw->say(!oldText       ? DiffPage::tr("As received, secrets in the clear. Raw not available for A.") + why(oldText)
                 : !newText ? DiffPage::tr("As received, secrets in the clear. Raw not available for B.") + why(newText)
                            : DiffPage::tr("As received, secrets in the clear. This look is in the activity log."));
    isRaw = true;
    formButton->setText(DiffPage::tr("As received ▾"));
    align(asCame);
}

void DiffPage::Private::showBreadcrumb()
{
    const Session::Findings range = session.findings();
    const std::optional<Compare::EntityChange> shown = shownChange();
    const QString domain = session.currentDomain();
    if (!range || (!shown && domain.isEmpty())) {
        breadcrumb->setSteps({}, -1);
        return;
    }
    const DiffDocumentPtr document = view->document();
    const QString pointer = document && !isOutdated() ? view->currentPointer() : session.currentPointer();
    if (!domain.isEmpty()) {
        QStringList steps{range->domainTitles.value(domain, domain)};
        if (document) {
            const TextLines &lines = document->lines(view->currentSide());
            for (const auto those = lines.steps(document->rowLine(std::max(0, view->currentRow()), view->currentSide()));
                 const TextLines::Step &step : those) {
                steps.append(stepLabel(*document, view->currentSide(), step));
            }
        }
        breadcrumb->setSteps(steps, 1);
        return;
    }
    const Compare::EntityChange &change = *shown;
    QStringList steps{range->domainTitles.value(change.domain, change.domain),
                      change.name.isEmpty() ? shortId(change.entity) : change.name};
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

} // namespace Orgtrace::Ui
