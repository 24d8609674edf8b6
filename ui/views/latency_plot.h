// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/operation_statistics.h"

#include <QWidget>

#include <vector>

namespace swb::ui {

/// How long operations lasted, as bars of equal ratio: above the line those that were over when the
/// call returned, below it those that had been pending. The bars can be chosen by mouse and keys.
class LatencyPlot : public QWidget {
    Q_OBJECT
public:
    explicit LatencyPlot(QWidget* parent = nullptr);

    void show(const trace::LatencyHistogram& synchronous, const trace::LatencyHistogram& pending);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    /// The term of the filter language for the rows behind a bar: "synchronous && duration >= 896
    /// ns
    /// && duration < 1024 ns".
    QString term(int bar, bool pending) const;
    /// Where a bar is drawn; for tests.
    QRect barRect(int bar, bool pending) const;
    int barCount() const { return static_cast<int>(m_synchronous.size()); }

signals:
    void barPicked(const QString& term);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    struct Hit {
        int bar = -1;
        bool pending = false;
    };
    Hit hitAt(const QPoint& position) const;
    QRect plotRect() const;
    QString words(int bar, bool pending) const;
    void choose(int bar, bool pending);

    std::vector<std::uint64_t> m_synchronous; ///< Shown buckets, from m_firstBucket on.
    std::vector<std::uint64_t> m_pending;
    std::size_t m_firstBucket = 0;
    std::uint64_t m_most = 1;
    Hit m_current;
};

} // namespace swb::ui
