/** `npm run delivery`: what GitHub needs in an account to deliver there. It is deployed once, by hand, before the first delivery. */
import { runApp } from './app.ts';
import { readDelivery } from './delivery-configuration.ts';
import { DeliveryStack } from './delivery-stack.ts';

await runApp(readDelivery, (app, delivery) => {
  new DeliveryStack(app, 'property-insights-delivery', delivery);
});
