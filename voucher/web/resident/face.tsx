import { yuan } from '../shared/words';
import { t } from './words';

export function Face(props: {
    kind: 'car' | 'shopping';
    value_fen: number;
    min_spend_fen: number;
}) {
    const below =
        props.kind === 'car'
            ? t('car_face')
            : props.min_spend_fen === 0
              ? t('any_sum')
              : t('above', yuan(props.min_spend_fen));
    return (
        <p class="face">
            <b>
                <small>¥</small>
                {yuan(props.value_fen)}
            </b>
            <span>{below}</span>
        </p>
    );
}
