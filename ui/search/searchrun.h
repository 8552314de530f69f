#pragma once

#include "base/cancellation.h"
#include "search/archive.h"
#include "search/auditsearch.h"
#include "search/link.h"

#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <memory>
#include <optional>

namespace Orgtrace::Ui {

class Session;

/// What the search box knows at a moment. Answers come one after the other; each is whole unless `isRunning` and it is the one under way.
struct SearchState {
    QString typed;
    bool isRunning = false;
    bool isFormer = false; ///< what is on screen answers what was typed before: to look at, not to choose
    std::optional<Error> mistake; ///< of what was typed, or of reading
    std::optional<Search::Link> link; ///< where the text is one
    QString snapshot; ///< B when it was asked
    QDateTime snapshotUtc;
    std::shared_ptr<const Search::Answer> here, ever; ///< in B; in all snapshots
    std::shared_ptr<const Search::AuditAnswer> audit; ///< null also where `domain:` leaves events out
    [[nodiscard]] bool isEmpty() const { return typed.trimmed().isEmpty(); }
};

/// Asks while somebody types: what is no longer wanted is cancelled, late answers are dropped, and what was read once stays in memory.
/// Thread: GUI; searching runs on one worker of its own. Borrows session.
class SearchRun final : public QObject
{
    Q_OBJECT
public:
    explicit SearchRun(Session &session, QObject *parent = nullptr);
    ~SearchRun() override;

    void ask(const QString &typed); ///< changed() follows, several times
    void stop();
    [[nodiscard]] const SearchState &state() const { return m_state; }

Q_SIGNALS:
    void changed();

private:
    void start();
    void forget();
    void take(int job, const std::function<void(SearchState &)> &change);

    Session &m_session;
    SearchState m_state;
    QTimer m_pause;
    QThreadPool m_worker;
    CancellationSource m_cancel;
    int m_job = 0;
    std::shared_ptr<Search::Archive> m_archive;
    QString m_archiveOf; ///< folder and organisation
};

} // namespace Orgtrace::Ui
