#pragma once

#include <QWidget>

#include <memory>

namespace Orgtrace::Ui {

class Session;
class DiffView;
class FindBar;

/// The Diff tab: where one is, both sides' times and signatures, the view with its ruler, find. Shows the session's current change; every other
/// state is said in words with what to do next. Aligning runs on a worker; late answers are dropped.
/// Thread: GUI. Borrows the session, which must outlive it.
class DiffPage final : public QWidget
{
    Q_OBJECT
public:
    explicit DiffPage(Session &session, QWidget *parent = nullptr);
    ~DiffPage() override;
    [[nodiscard]] DiffView *view() const;
    [[nodiscard]] FindBar *findBar() const;

Q_SIGNALS:
    void documentShown(); ///< both texts of the current change are on screen

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Ui
